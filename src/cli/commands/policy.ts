import { type Command, InvalidArgumentError, Option } from 'commander';
import { idleEntries, whyNobody } from '../../config/provable-callers.ts';
import { RPC_NAMES, RPC_RULES, type RpcName } from '../../domain/rpc-name.ts';
import { canonicalScopes, scopeOfShortName } from '../../domain/scopes.ts';
import { Refusal } from '../../vault/admin/refusal.ts';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, type ConfigFlags } from '../config-flags.ts';
import { namedCaller } from '../named-caller.ts';
import { type Asked, type Decision, decide } from '../policy-decision.ts';
import { configuredPolicy, policyIn } from '../policy-source.ts';
import { UsageError } from '../usage-error.ts';

interface ExplainFlags extends ConfigFlags {
  readonly policy?: string;
  readonly caller: string;
  readonly claims?: string;
  readonly rpc: RpcName;
  readonly oauthClient: string;
  readonly scopes?: readonly string[];
  readonly userDomain?: string;
}

/** `tokenvault policy check | explain`: the caller policy, without a server. */
export function addPolicyCommand(program: Command, context: CliContext): void {
  const policy = program.command('policy').description('who may do what');
  addConfigFlags(policy.command('check <file>'))
    .description('say everything that is wrong with a policy file, or that nothing is')
    .action((file: string, flags: ConfigFlags) => check(context, file, flags));
  addConfigFlags(policy.command('explain'))
    .description('say what the policy answers to a call, and by which line')
    .option('--policy <file>', 'policy file; else the one that the configuration names')
    .requiredOption('--caller <id>', 'SPIFFE ID, dns:NAME, or "ISSUER SUBJECT" of a token')
    .option('--claims <json>', 'the claims of its token')
    .addOption(new Option('--rpc <name>').choices(RPC_NAMES).makeOptionMandatory())
    .option('--oauth-client <alias>', 'the OAuth client that it names', 'default')
    .option('--scopes <list>', 'the scopes that it asks for, such as openid,drive.readonly', scopes)
    .option('--user-domain <domain>', 'the user’s hosted domain; else a user without one')
    .action((flags: ExplainFlags) => explain(context, flags));
}

function scopes(list: string): readonly string[] {
  const names = list.split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Name at least one.');
  return canonicalScopes(names.map(scopeOfShortName));
}

/** @throws Refusal where callers that it names can never come */
async function check(context: CliContext, file: string, flags: ConfigFlags): Promise<void> {
  const { entries, proofs } = await policyIn(context, file, flags);
  const idle = proofs === undefined ? [] : idleEntries(entries, proofs);
  for (const { entry, line, problem } of idle) {
    context.complain(`${file}: ${entry} (line ${line}) matches nobody: ${problem}.`);
  }
  if (idle.length > 0) {
    throw new Refusal(`The policy ${file} has entries that match nobody with this configuration.`);
  }
  const callers = entries.length === 1 ? '1 caller' : `${entries.length} callers`;
  context.print(`The policy ${file} is good: ${callers}.`);
}

/** @throws Refusal where the call is not allowed */
async function explain(context: CliContext, flags: ExplainFlags): Promise<void> {
  const asked = askedBy(flags);
  const { policy } = flags;
  const { file, entries, proofs } =
    policy === undefined
      ? await configuredPolicy(context, flags)
      : await policyIn(context, policy, flags);
  const { id, proof, token } = asked.caller;
  const problem = proofs && whyNobody({ proof, name: token?.issuer ?? id }, proofs);
  if (problem !== undefined) {
    throw new Refusal(`CALLER_CREDENTIAL_INVALID: nobody can prove to be this caller, ${problem}`);
  }
  const decision = decide(entries, asked);
  const sentence = sentenceOf(decision, file);
  if (decision.deniedBy !== undefined) throw new Refusal(sentence);
  context.print(sentence);
}

function askedBy(flags: ExplainFlags): Asked {
  const { rpc, oauthClient, userDomain } = flags;
  if (RPC_RULES[rpc].maxScopes && flags.scopes === undefined) {
    throw new UsageError(`--scopes is needed with ${rpc}: name what the caller asks for.`);
  }
  return {
    caller: namedCaller(flags.caller, flags.claims),
    rpc,
    oauthClient,
    scopes: flags.scopes ?? [],
    userDomain: userDomain?.toLowerCase(),
  };
}

function sentenceOf({ deniedBy, because, line }: Decision, file: string): string {
  const where = line === undefined ? file : `${file}:${line}`;
  if (deniedBy === undefined) return `allowed by ${because} (${where})`;
  return `CALLER_NOT_ALLOWED, deniedBy ${deniedBy}: ${because} (${where})`;
}
