; The setup for one PC. Silent: guichet-VERSION-setup.exe /S [/AUTOSTART=1] [/GROUP=NAME] [/D=C:\Folder]
; Exit codes: 0 done; 32 it is open; 1638 a newer version, or one that the MSI put there, is installed;
; 5 the data folder can't be closed to other accounts. Nothing is changed with any but 0.
;
; Built by build_scripts/windows/installers.py, which defines VERSION, NUMBERS (a.b.c.d), PAYLOAD,
; TARGET, ICON, BYTES_KB; SIGN for a signed uninstaller, TASK where versions come by themselves.

Target amd64-unicode
Unicode true
SetCompressor /SOLID lzma
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel admin
Name "Guichet"
OutFile "${TARGET}"
InstallDir "$PROGRAMFILES64\Guichet"
Icon "${ICON}"
UninstallIcon "${ICON}"
BrandingText "Guichet ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIAddVersionKey /LANG=1033 "ProductName" "Guichet"
VIAddVersionKey /LANG=1033 "FileDescription" "Guichet setup"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "LegalCopyright" "Apache-2.0"

!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"'
!endif

!include FileFunc.nsh
!include LogicLib.nsh
!include WordFunc.nsh

!define OWN "Software\Guichet"
!define LISTED "Software\Microsoft\Windows\CurrentVersion\Uninstall\Guichet"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"

Var Group

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

!macro Refuse CODE SENTENCE
  MessageBox MB_OK|MB_ICONSTOP "${SENTENCE}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend

; The program stands on its own file while it runs, and the launcher of any version is that file.
!macro RefuseWhileItRuns
  ${If} ${FileExists} "$INSTDIR\guichet.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\guichet.exe" a
    ${If} ${Errors}
      !insertmacro Refuse 32 "Guichet is open on this PC. Nothing was changed. Close it, then try again."
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $0 HKLM "${OWN}" "Folder"
  ReadRegStr $1 HKLM "${OWN}" "Version"
  ReadRegStr $2 HKLM "${OWN}" "InstalledBy"
  ${If} $2 == "msi"
    !insertmacro Refuse 1638 "Guichet was installed by its MSI. Nothing was changed. Go on with the MSI, or remove that first."
  ${EndIf}
  ${If} $1 != ""
    ${VersionCompare} "$1" "${VERSION}" $3
    ${If} $3 = 1
      !insertmacro Refuse 1638 "Guichet $1 is installed, and ${VERSION} can't read what it recorded. Nothing was changed."
    ${EndIf}
  ${EndIf}
  ${If} $0 != ""
    StrCpy $INSTDIR $0
  ${EndIf}
  !insertmacro RefuseWhileItRuns
FunctionEnd

Section
  ; The data: for administrators and the accounts of one group, whom the administrator puts in it
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/GROUP=" $Group
  ${If} ${Errors}
    StrCpy $Group "Guichet"
    nsExec::Exec 'net localgroup Guichet /add'
    Pop $0
  ${EndIf}
  CreateDirectory "$APPDATA\Guichet"
  nsExec::Exec 'icacls "$APPDATA\Guichet" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F "$Group:(OI)(CI)M"'
  Pop $0
  ${If} $0 != 0
    !insertmacro Refuse 5 "The data folder $APPDATA\Guichet can't be closed to other accounts (group $Group). Nothing was installed."
  ${EndIf}

  ; What the version before had and this one hasn't would be found by Python
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  SetOutPath "$INSTDIR"
  SetOverwrite on
  File /r "${PAYLOAD}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Guichet.lnk" "$INSTDIR\guichet.exe"

  WriteRegStr HKLM "${OWN}" "Folder" "$INSTDIR"
  WriteRegStr HKLM "${OWN}" "Version" "${VERSION}"
  WriteRegStr HKLM "${OWN}" "InstalledBy" "setup"
  WriteRegStr HKLM "${LISTED}" "DisplayName" "Guichet"
  WriteRegStr HKLM "${LISTED}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${LISTED}" "Publisher" "Guichet"
  WriteRegStr HKLM "${LISTED}" "DisplayIcon" "$INSTDIR\guichet.exe"
  WriteRegStr HKLM "${LISTED}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${LISTED}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${LISTED}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${LISTED}" "EstimatedSize" ${BYTES_KB}
  WriteRegDWORD HKLM "${LISTED}" "NoModify" 1
  WriteRegDWORD HKLM "${LISTED}" "NoRepair" 1

!ifdef TASK
  ; The owner of the program fetches its next versions: a task of the system's account
  nsExec::Exec 'schtasks /create /f /tn "${TASK}" /sc hourly /mo 6 /ru SYSTEM /tr "\"$INSTDIR\guichet.exe\" updates fetch"'
  Pop $0
!endif

  ClearErrors
  ${GetOptions} $R0 "/AUTOSTART=" $0
  ${IfNot} ${Errors}
    ${If} $0 = 1
      WriteRegStr HKLM "${RUN}" "Guichet" '"$INSTDIR\guichet.exe"'
    ${Else}
      DeleteRegValue HKLM "${RUN}" "Guichet"
    ${EndIf}
  ${EndIf}
SectionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
  !insertmacro RefuseWhileItRuns
FunctionEnd

Section "Uninstall"
!ifdef TASK
  nsExec::Exec 'schtasks /delete /f /tn "${TASK}"'
  Pop $0
!endif
  Delete "$SMPROGRAMS\Guichet.lnk"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  RMDir /r "$INSTDIR\versions"
  RMDir /r "$INSTDIR\policies"
  Delete "$INSTDIR\guichet.exe"
  Delete "$INSTDIR\guichet.com"
  Delete "$INSTDIR\guichet.cdx.json"
  Delete "$INSTDIR\installation.json"
  Delete "$INSTDIR\update-root.json"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegValue HKLM "${RUN}" "Guichet"
  DeleteRegKey HKLM "${LISTED}"
  DeleteRegKey HKLM "${OWN}"
  ; A seat's work may be nowhere else
  ${If} ${FileExists} "$APPDATA\Guichet\work.db"
    DetailPrint "$APPDATA\Guichet is kept: it holds a seat, and maybe work that no server has."
  ${Else}
    RMDir "$APPDATA\Guichet"
  ${EndIf}
SectionEnd
