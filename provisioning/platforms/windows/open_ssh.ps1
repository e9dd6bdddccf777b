# Opens SSH to the bot alone, with the planted host key, the bot's own key and an inbound rule.
# Azure's run command runs this script as the system account. Safe to run again. The contents of
# files are passed in base64, since a parameter is one line.
param(
    [Parameter(Mandatory)] [string] $HostKey,
    [Parameter(Mandatory)] [string] $AuthorizedKeys,
    [Parameter(Mandatory)] [string] $Configuration,
    [Parameter(Mandatory)] [int] $Port
)
$ErrorActionPreference = 'Stop'

$folder = Join-Path $env:ProgramData 'ssh'
New-Item -ItemType Directory -Force -Path $folder | Out-Null
$files = @{
    'ssh_host_ed25519_key' = $HostKey
    'administrators_authorized_keys' = $AuthorizedKeys
    'sshd_config' = $Configuration
}
foreach ($name in $files.Keys) {
    $file = Join-Path $folder $name
    [System.IO.File]::WriteAllBytes($file, [System.Convert]::FromBase64String($files[$name]))
    # sshd ignores keys that other users than the system and the administrators may open.
    icacls.exe $file /inheritance:r /grant:r '*S-1-5-18:F' '*S-1-5-32-544:F' | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "The access to $file could not be set." }
}

# The image's own rule applies to private networks only, and Azure's network counts as public.
if (-not (Get-NetFirewallRule -Name 'notebook-ssh' -ErrorAction SilentlyContinue)) {
    New-NetFirewallRule -Name 'notebook-ssh' -DisplayName 'Notebook bot: SSH' -Direction Inbound `
        -Protocol TCP -LocalPort $Port -Action Allow -Profile Any | Out-Null
}

Set-Service -Name sshd -StartupType Automatic
Restart-Service -Name sshd
