import { writeFileSync } from 'node:fs';
import { referencePage } from '../config/reference-page.ts';

const [, , target = 'docs/configuration.md'] = process.argv;
writeFileSync(target, referencePage());
