import { exampleSuite } from './example-suite.ts';

exampleSuite('java', [
  ['javac', '--release', '17', '--version'],
  ['mvn', '--version'],
]);
