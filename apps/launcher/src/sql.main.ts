import pg from 'pg';
import { administratorUrl } from './home/administration.js';
import { readSettings } from './settings.js';

const USAGE = 'Usage: npm run -s sql -- "STATEMENT; …"';

/**
 * Carries out statements as the administrator of the database, for installations without `psql`. Several
 * in one argument are one transaction. Rows are printed as JSON, one a line; what has none says what it did.
 */
async function run(statements: string): Promise<void> {
  if (statements.trim() === '') throw new Error(`there is no statement\n${USAGE}`);
  const client = new pg.Client({
    connectionString: administratorUrl(readSettings(process.env)),
    application_name: 'bulkhead-sql',
  });
  client.on('notice', ({ message }) => console.error(message));
  await client.connect();
  try {
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(statements);
    for (const { command, rowCount, rows, fields } of [answer].flat()) {
      if (fields.length === 0) console.log(rowCount === null ? command : `${command} ${rowCount}`);
      for (const row of rows) console.log(JSON.stringify(row));
    }
  } finally {
    await client.end();
  }
}

const given = process.argv.slice(2);
try {
  await run((given[0] === 'sql' ? given.slice(1) : given).join(' '));
} catch (error) {
  console.error(`bulkhead sql: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
