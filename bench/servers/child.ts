/** What a measured process can be asked: names and numbers. */
export type Answer = Readonly<Record<string, number>>;

/** A server that has started. */
export interface Measured {
  readonly port: number;
  /** What it can be asked beside `cpu`. */
  readonly questions?: Readonly<Record<string, () => Answer | Promise<Answer>>>;
}

/**
 * The measured process's side: starts the server, tells the parent its port, answers questions over
 * IPC, and ends with the parent.
 */
export async function serveMeasured(start: () => Promise<Measured>): Promise<void> {
  // First of all, because it keeps the process alive, which no timer of the service does.
  process.once('disconnect', () => process.exit());
  const known = new Map<string, () => Answer | Promise<Answer>>([['cpu', cpu]]);
  process.on('message', async (question) => {
    process.send?.((await known.get(String(question))?.()) ?? {});
  });
  const { port, questions = {} } = await start();
  for (const [question, answer] of Object.entries(questions)) known.set(question, answer);
  process.send?.({ port });
}

/** CPU time of the whole process so far, all threads, microseconds. */
function cpu(): Answer {
  const { user, system } = process.cpuUsage();
  return { us: user + system };
}
