<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>blind</name>
    <message>
        <source>This PC has been shut out by the central office.</source>
        <translation>本机已被中心停用。</translation>
    </message>
    <message>
        <source>This PC was without the central server for too long and has locked itself.</source>
        <translation>本机与中心服务器失去联系过久，已自行锁定。</translation>
    </message>
    <message>
        <source>It shows no members and gives no points away any more.</source>
        <translation>本机不再显示会员，也不再兑换积分。</translation>
    </message>
    <message>
        <source>Nothing that was recorded here is lost: it lies encrypted on this PC, and the central office alone can read it.</source>
        <translation>本机记录的业务都没有丢失：仍加密保存在本机，只有中心能够读取。</translation>
    </message>
    <message>
        <source>Leave the PC on, or switch it off; delete nothing.</source>
        <translation>可以开着或关机，但不要删除任何文件。</translation>
    </message>
    <message>
        <source>Call your administrator. They take the records to the central office on a stick, where a manager settles them.</source>
        <translation>请联系管理员：管理员用 U 盘把记录带回中心，由主管逐笔处理。</translation>
    </message>
    <message>
        <source>Then the administrator sets this PC up again, with a new code.</source>
        <translation>之后由管理员用新的代码重新设置本机。</translation>
    </message>
    <message>
        <source>Data folder: {folder}</source>
        <translation>数据文件夹：{folder}</translation>
    </message>
</context>
</TS>
