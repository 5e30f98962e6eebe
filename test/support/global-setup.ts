/** Placeholder until the shared OpenBao server is started here. */
export default function setup(): void {
  process.env.NO_COLOR ??= '1';
}
