import { exampleSuite } from './example-suite.ts';

// The generator's packages and grpcio need 3.10.
exampleSuite('python', [
  ['python3', '-c', 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))'],
]);
