/**
 * What a process of the product gets of this one's environment: nothing but what Node itself may
 * need, because VAULT_* would be read.
 */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE };
}
