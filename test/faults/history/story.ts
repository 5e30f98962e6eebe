import type { FactBody, History, Instant, Operation } from '../../simulation/history.ts';

interface Event extends Instant {
  readonly text: string;
}

/** A history line by line, in the order of events, for the person who looks for the cause. */
export function storyOf(history: History): string {
  const events = [
    ...history.operations.flatMap(eventsOf),
    ...history.facts.map(({ order, time, ...fact }) => ({ order, time, text: factText(fact) })),
  ];
  const first = Math.min(...events.map(({ time }) => time));
  const lines = events
    .sort((a, b) => a.order - b.order)
    .map(({ order, time, text }) => `${order}\t${Math.round(time - first)} ms\t${text}`);
  return [...lines, `rest\t${JSON.stringify([...(history.rest?.users ?? [])])}`].join('\n');
}

function eventsOf({ id, replica, call, begun, ended, answer, lost }: Operation): readonly Event[] {
  const name = `#${id} ${call.kind}`;
  const began = { ...begun, text: `${name} begins at ${replica}: ${JSON.stringify(call)}` };
  if (ended !== undefined)
    return [began, { ...ended, text: `${name} ends: ${JSON.stringify(answer)}` }];
  return [{ ...began, text: `${began.text}${lost ? ' (no answer)' : ''}` }];
}

function factText({ kind, ...rest }: FactBody): string {
  return `${kind}: ${JSON.stringify(rest)}`;
}
