<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_TW" sourcelanguage="en">
<context>
    <name>blind</name>
    <message>
        <source>This PC has been shut out by the central office.</source>
        <translation>本機已被中心停用。</translation>
    </message>
    <message>
        <source>This PC was without the central server for too long and has locked itself.</source>
        <translation>本機與中心伺服器失去聯繫過久，已自行鎖定。</translation>
    </message>
    <message>
        <source>It shows no members and gives no points away any more.</source>
        <translation>本機不再顯示會員，也不再兌換點數。</translation>
    </message>
    <message>
        <source>Nothing that was recorded here is lost: it lies encrypted on this PC, and the central office alone can read it.</source>
        <translation>本機記錄的業務都沒有遺失：仍加密保存在本機，只有中心能夠讀取。</translation>
    </message>
    <message>
        <source>Leave the PC on, or switch it off; delete nothing.</source>
        <translation>可以開著或關機，但請勿刪除任何檔案。</translation>
    </message>
    <message>
        <source>Call your administrator. They take the records to the central office on a stick, where a manager settles them.</source>
        <translation>請聯絡管理員：管理員用隨身碟把記錄帶回中心，由主管逐筆處理。</translation>
    </message>
    <message>
        <source>Then the administrator sets this PC up again, with a new code.</source>
        <translation>之後由管理員用新的代碼重新設定本機。</translation>
    </message>
    <message>
        <source>Data folder: {folder}</source>
        <translation>資料夾：{folder}</translation>
    </message>
</context>
</TS>
