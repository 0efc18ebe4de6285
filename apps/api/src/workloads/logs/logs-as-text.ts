import type { ReadChunk } from '@bulkhead/event-store';
import { chunkView } from './workload-logs.js';

type Chunks = AsyncIterable<readonly ReadChunk[]>;

/** One JSON object a line. */
export async function* logsAsLines(chunks: Chunks): AsyncGenerator<string> {
  for await (const some of chunks) {
    yield some.map((chunk) => `${JSON.stringify(chunkView(chunk))}\n`).join('');
  }
}

/** What was written as it was written; each attempt, and what the service says by its name, begins on a line of its own. */
export async function* logsAsText(chunks: Chunks): AsyncGenerator<string> {
  let isAtLineStart = true;
  let attempt: number | null = null;
  for await (const some of chunks) {
    let text = '';
    for (const chunk of some) {
      const isOther = attempt !== null && attempt !== chunk.attempt;
      attempt = chunk.attempt;
      if (isOther && !isAtLineStart) {
        text += '\n';
        isAtLineStart = true;
      }
      if (chunk.stream === 'notice') text += `${isAtLineStart ? '' : '\n'}[bulkhead] `;
      text += chunk.text;
      if (chunk.text.length > 0) isAtLineStart = chunk.text.endsWith('\n');
    }
    yield text;
  }
}
