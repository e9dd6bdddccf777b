# Opens the public port, and closes the ports that Azure's images open besides SSH: remote desktop
# and WinRM. Prints "changed" or "unchanged".
param([Parameter(Mandatory)] [int] $Port)
$ErrorActionPreference = 'Stop'

$changed = $false
$open = Get-NetFirewallRule -Name 'RemoteDesktop-*', 'WINRM-*' | Where-Object { $_.Enabled -eq 'True' }
if ($open) {
    $open | Disable-NetFirewallRule
    $changed = $true
}
$name = "notebook-https-$Port"
if (-not (Get-NetFirewallRule -Name $name -ErrorAction SilentlyContinue)) {
    New-NetFirewallRule -Name $name -DisplayName 'Notebook bot: https' -Direction Inbound `
        -Protocol TCP -LocalPort $Port -Action Allow -Profile Any | Out-Null
    $changed = $true
}
if ($changed) { 'changed' } else { 'unchanged' }
