# On a Windows: installs the setup and then the MSI silently, sees that the program opens a seat and that the
# data folder is closed to others, and removes each with the data kept. try_installed.ps1 FOLDER
param([Parameter(Mandatory)] [string] $Folder)
$ErrorActionPreference = "Stop"
$program = "$env:ProgramFiles\Guichet\guichet.exe"
$data = "$env:ProgramData\Guichet"

function Run([string] $Path, [string[]] $Arguments) {
    $done = Start-Process $Path -Wait -PassThru -ArgumentList $Arguments
    if ($done.ExitCode -ne 0) { throw "$Path $Arguments ended with $($done.ExitCode)" }
}
function See([bool] $IsSo, [string] $Otherwise) { if (-not $IsSo) { throw $Otherwise } }
function Try-Installed([string] $By) {
    See (Test-Path $program) "the program is not there"
    See ((Get-ItemProperty HKLM:\Software\Guichet).InstalledBy -eq $By) "the registry names another installer"
    $seat = Join-Path $env:TEMP "seat-$By"
    $mark = Join-Path $env:TEMP "well-$By"
    Run $program @("--data-folder", "`"$seat`"", "--check", "`"$mark`"")
    See (Test-Path $mark) "the program didn't open a seat"
    $rights = Get-Acl $data
    See $rights.AreAccessRulesProtected "the data folder takes over rights from above"
    $open = $rights.Access | Where-Object { $_.IdentityReference.Value -match "Users|Everyone" }
    See ($null -eq $open) "the data folder is open to other accounts"
    Set-Content (Join-Path $data "work.db") "500 entries"
}
function See-Removed {
    Start-Sleep 5  # the uninstaller goes on in a copy of itself
    See (-not (Test-Path $program)) "the program was left behind"
    See (Test-Path (Join-Path $data "work.db")) "the seat's work was taken away"
}

$setup = (Get-Item "$Folder\guichet-*-setup.exe").FullName
Run $setup @("/S", "/AUTOSTART=1")
Try-Installed "setup"
Run "$env:ProgramFiles\Guichet\uninstall.exe" @("/S")
See-Removed

$msi = (Get-Item "$Folder\guichet-*.msi").FullName
Run "msiexec" @("/i", "`"$msi`"", "/qn", "ADDLOCAL=ALL")
Try-Installed "msi"
Run "msiexec" @("/x", "`"$msi`"", "/qn")
See-Removed
Write-Output "well"
