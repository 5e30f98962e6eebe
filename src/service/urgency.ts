/**
 * Whether somebody waits for one token, or a batch for many. What batches want comes after all else,
 * and has at most half of the room on the way to it.
 */
export type Urgency = 'call' | 'batch';
