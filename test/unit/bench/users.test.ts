import { expect, it } from 'vitest';
import { benchUser } from '../../../bench/load/call.ts';

it('the users of the benchmark are all different, and named as Google names users', () => {
  const users = Array.from({ length: 20_000 }, (_, index) => benchUser(index));
  expect(new Set(users).size).toBe(users.length);
  expect(users.filter((user) => !/^1\d{20}$/.test(user))).toEqual([]);
});
