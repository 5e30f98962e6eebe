import { exampleSuite } from './example-suite.ts';

exampleSuite('java', [
  ['javac', '--release', '17', '--version'],
  ['sh', '-c', 'mvn --version | grep -Eq "Maven (3\\.([89]|[1-9][0-9])|[4-9])"'],
]);
