import { describe, expect, it } from 'vitest';
import { requestIdFrom } from '../../../src/domain/request-id.ts';

const random = { id: () => 'made-here', unit: () => 0 };

describe('the request id', () => {
  it.each(['a', 'app-1.2_3', 'x'.repeat(64)])('is the caller’s own: %s', (header) => {
    expect(requestIdFrom(header, random)).toBe(header);
  });

  it.each([undefined, 7, ['a'], '', 'x'.repeat(65), 'a b', 'a\nb', 'a, b', 'é', '<script>'])(
    'is made where the caller’s is not sane: %j',
    (header) => {
      expect(requestIdFrom(header, random)).toBe('made-here');
    },
  );
});
