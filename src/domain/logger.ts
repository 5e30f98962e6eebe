/** What a log line may carry beside its event: plain values only, never an error object or a body. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log. Events are fixed snake_case names; users go in only as `LoggedUsers` gives them. */
export interface Logger {
  /** Whether debug lines are written, so that nobody makes one in vain where calls come by thousands. */
  readonly writesDebug: boolean;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  with(fields: LogFields): Logger;
}
