import type { Environment } from './environment.ts';

/** How a process was started, as far as that can make it print or open what is secret. */
export interface ProcessStart {
  readonly env: Environment;
  /** Node's own flags, as in `process.execArgv`. */
  readonly execArgv?: readonly string[];
}

interface DebugVariable {
  readonly name: string;
  readonly value?: RegExp;
  readonly does: string;
}

const TRACES_CALLS = 'makes gRPC print calls with what is in them';

/** Variables that make Node, or a package that is used here, show what is secret. */
const DEBUG_VARIABLES: readonly DebugVariable[] = [
  { name: 'GRPC_TRACE', does: TRACES_CALLS },
  { name: 'GRPC_NODE_TRACE', does: TRACES_CALLS },
  { name: 'GRPC_VERBOSITY', value: /^debug$/i, does: TRACES_CALLS },
  { name: 'GRPC_NODE_VERBOSITY', value: /^debug$/i, does: TRACES_CALLS },
  {
    name: 'GRPC_NODE_DEBUG_SEND_ERROR_DETAILS',
    value: /^true$/,
    does: 'makes gRPC send the inside of errors to callers',
  },
  { name: 'NODE_DEBUG', does: 'makes Node print requests with their headers and bodies' },
  { name: 'NODE_DEBUG_NATIVE', does: 'makes Node print what it sends and receives' },
  {
    name: 'GOOGLE_SDK_NODE_LOGGING',
    does: 'makes the Google libraries print requests and answers',
  },
  { name: 'SSLKEYLOGFILE', does: 'asks for a file of TLS keys, which opens recorded connections' },
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED',
    value: /^0$/,
    does: 'makes Node trust every certificate, so that anybody can pose as Vault or Google',
  },
];

interface DebugFlag {
  readonly flag: RegExp;
  readonly does: string;
}

/** Node's flags that do so: https://nodejs.org/api/cli.html */
const DEBUG_FLAGS: readonly DebugFlag[] = [
  {
    flag: /^--inspect(?:-brk|-wait)?$/,
    does: 'lets a debugger read the memory of the process',
  },
  { flag: /^--tls-keylog$/, does: 'writes TLS keys to a file, which opens recorded connections' },
  { flag: /^--trace-tls$/, does: 'makes Node print TLS packets' },
  { flag: /^--heapsnapshot-/, does: 'writes the memory of the process to a file' },
  {
    flag: /^--report-(?:on-signal|on-fatalerror|uncaught-exception)$/,
    does: 'writes the environment, which may hold a token, to a file',
  },
];

/**
 * What of the way in which a process was started would show secrets, each as a sentence. Values are
 * never quoted.
 */
export function debugEnvironmentProblems({ env, execArgv = [] }: ProcessStart): readonly string[] {
  const variables = DEBUG_VARIABLES.filter(({ name, value = /./ }) => value.test(env[name] ?? ''));
  const given = [
    ...execArgv.map((argument) => ({ argument, where: 'on the command line' })),
    ...nodeOptions(env).map((argument) => ({ argument, where: 'in NODE_OPTIONS' })),
  ];
  return [
    ...variables.map(({ name, does }) => `${name} is set, which ${does}: unset it${OR_ALLOW}`),
    ...given.flatMap(({ argument, where }) => {
      const name = flagName(argument);
      const found = DEBUG_FLAGS.find(({ flag }) => flag.test(name));
      return found ? [`${name} is ${where}, which ${found.does}: remove it${OR_ALLOW}`] : [];
    }),
  ];
}

const OR_ALLOW =
  ', or set unsafe.allow_debug_environment to true where nothing is worth protecting.';

/** Node takes `_` for `-` in its flags. */
function flagName(argument: string): string {
  return (argument.split('=', 1)[0] ?? '').replaceAll('_', '-');
}

/** Split at spaces, as Node does; quotes around an option, or in its value, are no part of its name. */
function nodeOptions({ NODE_OPTIONS = '' }: Environment): readonly string[] {
  return NODE_OPTIONS.split(/\s+/).map((option) => option.replaceAll('"', ''));
}
