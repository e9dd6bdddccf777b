# Makes sure that the machine has uv and, from it, a Python of its own, and prints the Python's
# path: bootstrap.ps1 LOCK PYTHON. LOCK is the file with uv's version and the hashes that are
# accepted, PYTHON the version to have. Run by an administrator; safe to run again.
param(
    [Parameter(Mandatory)] [string] $Lock,
    [Parameter(Mandatory)] [string] $Python
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue' # a progress bar makes a download many times slower

# What is in here runs as administrator, so nobody else may write it; the notebooks' user reads.
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
    # pip's own setting, where an organisation's image has one; else the public index.
    $index = $env:PIP_INDEX_URL
    if (-not $index) { $index = 'https://pypi.org/simple' }
    $page = "$($index.TrimEnd('/'))/uv/"
    $link = (Invoke-WebRequest -UseBasicParsing -Uri $page).Links |
        Where-Object { $_.href -match "(^|/)uv-$version-py3-none-win_amd64\.whl(#|$)" } |
        Select-Object -First 1
    if (-not $link) { throw "$page has no uv $version for Windows." }

    $unpacked = Join-Path $base 'unpacked'
    if (Test-Path -Path $unpacked) { Remove-Item -Recurse -Force -Path $unpacked }
    New-Item -ItemType Directory -Path $unpacked | Out-Null
    $archive = Join-Path $unpacked 'uv.zip'
    $address = [System.Uri]::new([System.Uri]$page, $link.href)
    Invoke-WebRequest -UseBasicParsing -Uri $address.AbsoluteUri -OutFile $archive
    $hash = (Get-FileHash -Algorithm SHA256 -Path $archive).Hash.ToLower()
    if (-not $locked.Contains("sha256:$hash")) { throw "The uv that $page gave is not the locked one." }
    Expand-Archive -Path $archive -DestinationPath $unpacked
    New-Item -ItemType Directory -Force -Path (Join-Path $base 'uv') | Out-Null
    Move-Item -Force -Path (Join-Path $unpacked "uv-$version.data\scripts\uv.exe") -Destination $uv
    Remove-Item -Recurse -Force -Path $unpacked
}

$env:UV_PYTHON_INSTALL_DIR = Join-Path $base 'python'
& $uv python install --quiet --no-bin --no-registry $Python
if ($LASTEXITCODE -ne 0) { throw "uv could not install Python $Python." }
& $uv python find --quiet --managed-python --no-project $Python
if ($LASTEXITCODE -ne 0) { throw "uv finds no Python $Python." }
