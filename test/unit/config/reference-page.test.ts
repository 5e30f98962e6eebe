import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referencePage } from '../../../src/config/reference-page.ts';

describe('docs/configuration.md', () => {
  it('is what the schema says; `npm run generate:docs` makes it anew', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toBe(referencePage());
  });
});
