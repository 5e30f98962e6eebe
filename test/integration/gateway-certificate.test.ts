import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import { type GatewayFixture, startGatewayFixture } from '../support/gateway-fixture.ts';
import { httpsRequest } from '../support/https-request.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.gateway.stop());

const HEALTH = { method: 'GET', path: '/healthz' } as const;

describe('the certificate of a gateway that runs', () => {
  it('is refused where the key is of another one, and the one in use stays', async () => {
    const authority = await createCertificateAuthority('other');
    const [one, two] = await Promise.all([1, 2].map(() => authority.issueServer(['localhost'])));
    const mixed = { cert: one?.cert ?? '', key: two?.key ?? '' };
    expect(() => fixture.gateway.proveTls(mixed)).toThrow(StartupProblems);
    expect((await httpsRequest(fixture.target, HEALTH)).status).toBe(200);
  });

  it('may be replaced: new connections are shown the next one', async () => {
    const authority = await createCertificateAuthority('next');
    fixture.gateway.proveTls(await authority.issueServer(['localhost']))();
    const { port } = fixture.target;
    expect((await httpsRequest({ port, caPem: authority.cert }, HEALTH)).status).toBe(200);
    await expect(httpsRequest(fixture.target, HEALTH)).rejects.toThrow();
  });
});
