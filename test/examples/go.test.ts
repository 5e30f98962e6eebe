import path from 'node:path';
import { exampleSuite } from './example-suite.ts';

const folder = path.resolve(import.meta.dirname, '../../examples/go');

// Go reads go.mod only where it is new enough for it, and fetches no newer Go for this.
exampleSuite('go', [['env', 'GOTOOLCHAIN=local', 'go', '-C', folder, 'list', '-m']], 'go test .');
