# Creates the local user that the notebooks run as, without administrator rights but with the right
# to run scheduled tasks. The first line of the input is the random password, which is not stored.
# Prints "changed" or "unchanged".
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
# The groups Users and Performance Log Users. Of the groups that may log on as a batch job the second
# has the fewest other rights. A user who is already a member is no error.
foreach ($group in 'S-1-5-32-545', 'S-1-5-32-559') {
    Add-LocalGroupMember -SID $group -Member $Name -ErrorAction SilentlyContinue
}
