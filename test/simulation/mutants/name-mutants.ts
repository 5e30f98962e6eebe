import type { Mutant } from './mutant.ts';

const BINDER = 'service/name-binder.ts';

/** Breakages of what binds a caller's own name to one Google account. */
export const NAME_MUTANTS: readonly Mutant[] = [
  {
    name: 'take a name from a connected account without being asked',
    file: BINDER,
    find: 'if (wanted.rebind) return;',
    replace: 'if (wanted) return;',
  },
  {
    name: 'believe the link without the user’s record',
    file: 'service/name-holder.ts',
    find: "if (stored.kind === 'corrupt' || stored.record.externalUserId === externalUserId) {",
    replace: "if (stored.kind === 'corrupt' || externalUserId) {",
  },
  {
    name: 'store the record before the link',
    file: BINDER,
    find: 'former ??= await this.#link(wanted, writeId);\n        return commit();',
    replace:
      'const committed = await commit();\n        former ??= await this.#link(wanted, writeId);\n        return committed;',
  },
];
