import { exampleSuite } from './example-suite.ts';

exampleSuite('go', [['go', 'version']]);
