# Makes the local user that the notebooks run as: no administrator, with a password that nobody
# knows (the first line of the input), and with the right to run as a task. Prints "changed" or
# "unchanged".
param([Parameter(Mandatory)] [string] $Name)
$ErrorActionPreference = 'Stop'

if (Get-LocalUser -Name $Name -ErrorAction SilentlyContinue) {
    'unchanged'
} else {
    $password = ConvertTo-SecureString -AsPlainText -Force ([System.Console]::In.ReadLine())
    New-LocalUser -Name $Name -Password $password -Description 'Runs the notebooks' `
        -PasswordNeverExpires -AccountNeverExpires -UserMayNotChangePassword | Out-Null
    'changed'
}
# Users, and Performance Log Users: of the groups that may log on as a batch job the one with the
# least other rights. Being a member already is no error.
foreach ($group in 'S-1-5-32-545', 'S-1-5-32-559') {
    Add-LocalGroupMember -SID $group -Member $Name -ErrorAction SilentlyContinue
}
