import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log's tables. Their owner cannot log in; what the application roles may do is in `grants.ts`. */
export class CreateLog implements MigrationInterface {
  /** TypeORM orders migrations by the last 13 digits of the name. */
  readonly name = 'CreateLog0000000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [EVENTS, ...EVENT_INDEXES, CONTENTS, ANSWERS, ...IMMUTABILITY]) {
      await queryRunner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** `json` keeps the canonical bytes as they were inserted; `jsonb` would not, and costs more to write. */
const EVENTS = `
  CREATE TABLE log.events (
    position       bigint         NOT NULL PRIMARY KEY,
    event_id       uuid           NOT NULL,
    stream         text COLLATE "C" NOT NULL,
    version        integer        NOT NULL CHECK (version > 0),
    tenant         text COLLATE "C",
    type           text COLLATE "C" NOT NULL,
    schema_version integer        NOT NULL CHECK (schema_version > 0),
    occurred_at    timestamptz(3) NOT NULL,
    recorded_at    timestamptz(3) NOT NULL,
    metadata       json           NOT NULL,
    payload        json           NOT NULL,
    UNIQUE (stream, version)
  )`;

const EVENT_INDEXES = [
  'CREATE INDEX events_by_tenant ON log.events (tenant, position)',
  'CREATE INDEX events_by_type ON log.events (type, position)',
];

const CONTENTS = `
  CREATE TABLE log.contents (
    tenant   text COLLATE "C" NOT NULL,
    stream   text COLLATE "C" NOT NULL,
    part     integer NOT NULL,
    salt_hex text    NOT NULL,
    body     json    NOT NULL,
    PRIMARY KEY (stream, part)
  )`;

const ANSWERS = `
  CREATE TABLE log.idempotent_answers (
    scope          text COLLATE "C" NOT NULL,
    route          text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    request_sha256 text           NOT NULL,
    status         integer        NOT NULL,
    body           json           NOT NULL,
    answered_at    timestamptz(3) NOT NULL,
    PRIMARY KEY (scope, route, key)
  )`;

/** ENABLE ALWAYS: `session_replication_role` cannot switch the trigger off either. */
const IMMUTABILITY = [
  `CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'log.events is append-only: % is refused', TG_OP
       USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
     FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change()`,
  'ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change',
];
