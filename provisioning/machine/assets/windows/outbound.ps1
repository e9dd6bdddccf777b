# Keeps a user's programs from Azure's metadata service, which gives out tokens of the machine's
# identity, and from Azure's host. Windows itself asks the name server for them. Prints "changed" or
# "unchanged".
param([Parameter(Mandatory)] [string] $User)
$ErrorActionPreference = 'Stop'

$name = "notebook-outbound-$User"
if (Get-NetFirewallRule -Name $name -ErrorAction SilentlyContinue) {
    'unchanged'
} else {
    $sid = (Get-LocalUser -Name $User).SID
    New-NetFirewallRule -Name $name -DisplayName 'Notebook bot: outgoing' -Direction Outbound `
        -Action Block -Profile Any -RemoteAddress '169.254.169.254', '168.63.129.16' `
        -LocalUser "D:(A;;CC;;;$sid)" | Out-Null
    'changed'
}
