import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
/** The same record may be asked for again at once, as whoever rebinds a name says. */
const TTL_SECONDS = 0;

/** A name server on this machine that says what a test says: for each question the next of its answers. */
export class NameServer {
  /** How often each name was asked for, of either family. */
  readonly asked = new Map<string, number>();

  private constructor(
    private readonly socket: Socket,
    private readonly answersOf: (name: string, asked: number) => readonly string[] | 'silence',
  ) {}

  static async listen(
    answersOf: (name: string, asked: number) => readonly string[] | 'silence',
  ): Promise<NameServer> {
    const socket = createSocket('udp4');
    const server = new NameServer(socket, answersOf);
    socket.on('message', (question, from) => {
      const answer = server.answerTo(question);
      if (answer !== null) socket.send(answer, from.port, from.address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.socket.address() as AddressInfo).port}`;
  }

  close(): void {
    this.socket.close();
  }

  private answerTo(question: Buffer): Buffer | null {
    const { name, end } = nameIn(question);
    const type = question.readUInt16BE(end);
    const key = `${name} ${type === TYPE_A ? 'A' : 'AAAA'}`;
    const asked = (this.asked.get(key) ?? 0) + 1;
    this.asked.set(key, asked);
    const addresses = this.answersOf(name, asked);
    if (addresses === 'silence') return null;
    const wanted = addresses
      .map((text) => Buffer.from(ipaddr.parse(text).toByteArray()))
      .filter(({ length }) => length === (type === TYPE_AAAA ? 16 : 4));
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(question.readUInt16BE(0), 0);
    header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(wanted.length, 6);
    const asIs = question.subarray(HEADER_BYTES, end + 4);
    return Buffer.concat([header, asIs, ...wanted.map((bytes) => recordOf(type, bytes))]);
  }
}

function nameIn(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function recordOf(type: number, bytes: Buffer): Buffer {
  const record = Buffer.alloc(12);
  // Points to the name in the question.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([record, bytes]);
}
