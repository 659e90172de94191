import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkDisk } from '../../src/cli/checks/disk.js';
import { checkOcppTls } from '../../src/cli/checks/ocpp-tls.js';
import { selfSigned } from '../support/self-signed.js';

const directory = mkdtempSync(join(tmpdir(), 'busbar-doctor-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const own = selfSigned('cpms.example');
const files = {
  ocppTlsCert: write('cert.pem', own.certificate),
  ocppTlsKey: write('key.pem', own.key),
  ocppTlsClientCa: undefined,
};

test('a pair that ends soon is a warning, with the day', () => {
  const result = checkOcppTls(files);
  expect(result).toMatchObject({ name: 'OCPP TLS', status: 'warning' });
  expect(result.found).toMatch(/^ends \d{4}-\d\d-\d\d, in [01] days$/);
});

test('a key of another certificate, and a file that is no certificate, are named', () => {
  const otherKey = write('other.pem', selfSigned('cpms.example').key);
  expect(checkOcppTls({ ...files, ocppTlsKey: otherKey })).toMatchObject({
    status: 'failed',
    found: `${otherKey} is not the key of ${files.ocppTlsCert}`,
  });
  const text = write('text.pem', 'hello');
  const swapped = checkOcppTls({ ...files, ocppTlsClientCa: text });
  expect(swapped).toMatchObject({ status: 'failed' });
  expect(swapped.found).toContain(`${text} is not usable`);
});

test('without a certificate there is nothing to check', () => {
  const without = { ocppTlsCert: undefined, ocppTlsKey: undefined, ocppTlsClientCa: undefined };
  expect(checkOcppTls(without).status).toBe('none');
});

test('a data directory that does not exist yet is judged by the one above; a file is none', async () => {
  const at = { databaseUrl: undefined };
  const fresh = await checkDisk({ ...at, dataDir: join(directory, 'a', 'b') });
  expect(fresh.found).toContain(directory);
  expect(fresh.status).not.toBe('none');
  expect(await checkDisk({ ...at, dataDir: files.ocppTlsCert })).toMatchObject({
    status: 'failed',
    found: `${files.ocppTlsCert} is not a directory`,
  });
});
