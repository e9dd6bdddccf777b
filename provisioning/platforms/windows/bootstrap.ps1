# Installs uv and, with uv, a Python, and prints the Python's path: bootstrap.ps1 WHEEL LOCK PYTHON.
# WHEEL is uv's wheel under a name that ends with .zip, LOCK the file with uv's version and the
# accepted hashes, PYTHON the version to install. An administrator runs this script. Safe to run
# again.
param(
    [Parameter(Mandatory)] [string] $Wheel,
    [Parameter(Mandatory)] [string] $Lock,
    [Parameter(Mandatory)] [string] $Python
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue' # a progress bar would make unpacking many times slower

# Programs in this folder run as administrator, so only administrators may write here. The notebook
# user may read.
$base = Join-Path $env:ProgramData 'notebook'
New-Item -ItemType Directory -Force -Path $base | Out-Null
icacls.exe $base /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' `
    '*S-1-5-32-545:(OI)(CI)RX' | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The access to $base could not be set." }

$locked = Get-Content -Raw -Path $Lock
if ($locked -notmatch 'uv==([0-9.]+)') { throw "$Lock names no version of uv." }
$version = $Matches[1]
$uv = Join-Path $base 'uv\uv.exe'
$current = ''
if (Test-Path -Path $uv) { $current = & $uv --version }

if ($current -notlike "uv $version *") {
    $hash = (Get-FileHash -Algorithm SHA256 -Path $Wheel).Hash.ToLower()
    if (-not $locked.Contains("sha256:$hash")) {
        Remove-Item -Force -Path $Wheel # so that the next run uploads another wheel
        throw 'The uploaded wheel of uv does not have a locked hash.'
    }
    $unpacked = Join-Path $base 'unpacked'
    if (Test-Path -Path $unpacked) { Remove-Item -Recurse -Force -Path $unpacked }
    Expand-Archive -Path $Wheel -DestinationPath $unpacked
    New-Item -ItemType Directory -Force -Path (Join-Path $base 'uv') | Out-Null
    Move-Item -Force -Path (Join-Path $unpacked "uv-$version.data\scripts\uv.exe") -Destination $uv
    Remove-Item -Recurse -Force -Path $unpacked
}

$env:UV_PYTHON_INSTALL_DIR = Join-Path $base 'python'
& $uv python install --quiet --no-bin --no-registry $Python
if ($LASTEXITCODE -ne 0) { throw "uv could not install Python $Python." }
& $uv python find --quiet --managed-python --no-project $Python
if ($LASTEXITCODE -ne 0) { throw "uv finds no Python $Python." }
