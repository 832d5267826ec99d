<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>panel</name>
    <message>
        <source>Welcome</source>
        <translation>欢迎光临</translation>
    </message>
    <message>
        <source>This window is closed just now</source>
        <translation>本窗口暂停服务</translation>
    </message>
    <message>
        <source>Please go to the next window.</source>
        <translation>请到旁边的窗口办理。</translation>
    </message>
    <message>
        <source>Window {label}</source>
        <translation>{label} 号窗口</translation>
    </message>
    <message>
        <source>Read aloud</source>
        <translation>朗读</translation>
    </message>
    <message>
        <source>Clerk {number}</source>
        <translation>工号 {number}</translation>
    </message>
    <message>
        <source>You are being served by clerk {number}</source>
        <translation>工号 {number} 正在为您服务</translation>
    </message>
    <message>
        <source>Spend your points on this?</source>
        <translation>用积分兑换吗？</translation>
    </message>
    <message>
        <source>To spend</source>
        <translation>本次使用</translation>
    </message>
    <message>
        <source>Left afterwards</source>
        <translation>兑换后剩余</translation>
    </message>
    <message>
        <source>{points} points</source>
        <translation>{points} 分</translation>
    </message>
    <message>
        <source>Guaranteed</source>
        <translation>保证兑换</translation>
    </message>
    <message>
        <source>Guaranteed by this counter</source>
        <translation>由本柜台保证兑换</translation>
    </message>
    <message>
        <source>Covered by this office</source>
        <translation>由本营业点担保兑换</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>No</source>
        <translation>不同意</translation>
    </message>
    <message>
        <source>One moment, please</source>
        <translation>请稍候</translation>
    </message>
    <message>
        <source>It is yours</source>
        <translation>兑换成功</translation>
    </message>
    <message>
        <source>{reward}: {points} points spent</source>
        <translation>{reward}：已使用 {points} 分</translation>
    </message>
    <message>
        <source>This isn't possible just now</source>
        <translation>暂时无法兑换</translation>
    </message>
    <message>
        <source>No points were spent.</source>
        <translation>没有扣除任何积分。</translation>
    </message>
    <message>
        <source>How was our service today?</source>
        <translation>您对本次服务满意吗？</translation>
    </message>
    <message>
        <source>No, thanks</source>
        <translation>不用了，谢谢</translation>
    </message>
    <message>
        <source>Thank you. You chose: {face}</source>
        <translation>谢谢！您选择了：{face}</translation>
    </message>
    <message>
        <source>We are sorry. You chose: {face}</source>
        <translation>很抱歉！您选择了：{face}</translation>
    </message>
    <message>
        <source>Changed your mind? Tap another face.</source>
        <translation>想改一下？点另一个表情即可。</translation>
    </message>
    <message>
        <source>What was good?</source>
        <translation>哪些方面做得好？</translation>
    </message>
    <message>
        <source>What could be better?</source>
        <translation>哪些方面可以改进？</translation>
    </message>
    <message>
        <source>What went wrong?</source>
        <translation>哪些方面让您不满意？</translation>
    </message>
    <message>
        <source>Write a few words</source>
        <translation>写几句话（拼音或英文）</translation>
    </message>
    <message>
        <source>Change your words</source>
        <translation>修改所写内容</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Please call somebody now</source>
        <translation>请马上叫人来</translation>
    </message>
    <message>
        <source>The duty manager has been called</source>
        <translation>已通知值班经理</translation>
    </message>
    <message>
        <source>The duty manager can't be reached from here just now</source>
        <translation>现在从这里联系不上值班经理</translation>
    </message>
    <message>
        <source>Please call</source>
        <translation>请拨打</translation>
    </message>
    <message>
        <source>Please ask the clerk for the person in charge.</source>
        <translation>请向柜员询问负责人。</translation>
    </message>
    <message>
        <source>I'll wait</source>
        <translation>我等一等</translation>
    </message>
    <message>
        <source>Call me</source>
        <translation>给我打电话</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>现在不用</translation>
    </message>
    <message>
        <source>What would you like to tell us?</source>
        <translation>您想告诉我们什么？</translation>
    </message>
    <message>
        <source>This keyboard has letters and digits only.</source>
        <translation>键盘只有字母和数字，用拼音写我们也看得懂。</translation>
    </message>
    <message>
        <source>Which number may we call?</source>
        <translation>请留下您的电话号码</translation>
    </message>
    <message>
        <source>Leave it empty and we use the number in your membership.</source>
        <translation>不填写的话，我们就用会员资料中的号码。</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Capitals</source>
        <translation>大写</translation>
    </message>
    <message>
        <source>123</source>
        <translation>123</translation>
    </message>
    <message>
        <source>ABC</source>
        <translation>ABC</translation>
    </message>
    <message>
        <source>Thank you</source>
        <translation>谢谢您</translation>
    </message>
    <message>
        <source>Your rating is recorded.</source>
        <translation>您的评价已记录。</translation>
    </message>
    <message>
        <source>The duty manager knows.</source>
        <translation>值班经理已收到通知。</translation>
    </message>
    <message>
        <source>The duty manager's number: {phone}</source>
        <translation>值班经理电话：{phone}</translation>
    </message>
    <message>
        <source>Have a good day</source>
        <translation>祝您愉快</translation>
    </message>
    <message>
        <source>Whoever was with you may rate on their own phone</source>
        <translation>同行的人可以用自己的手机评价</translation>
    </message>
    <message>
        <source>Rather on your own phone? Scan this</source>
        <translation>也可以用自己的手机扫码评价</translation>
    </message>
    <message>
        <source>Sorry, we can't record your answer just now</source>
        <translation>抱歉，现在无法记录您的回答</translation>
    </message>
    <message>
        <source>You needn't do anything. The clerk will gladly help you.</source>
        <translation>您不必做任何操作，工作人员会继续为您服务。</translation>
    </message>
    <message>
        <source>Your rating is recorded; what you added couldn't be.</source>
        <translation>您的评价已记录，补充的内容未能保存。</translation>
    </message>
    <message>
        <source>Very satisfied</source>
        <translation>非常满意</translation>
    </message>
    <message>
        <source>Satisfied</source>
        <translation>满意</translation>
    </message>
    <message>
        <source>Fairly satisfied</source>
        <translation>基本满意</translation>
    </message>
    <message>
        <source>Dissatisfied</source>
        <translation>不满意</translation>
    </message>
    <message>
        <source>Very dissatisfied</source>
        <translation>非常不满意</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>办事效率</translation>
    </message>
    <message>
        <source>Competence</source>
        <translation>业务能力</translation>
    </message>
    <message>
        <source>Attitude</source>
        <translation>服务态度</translation>
    </message>
    <message>
        <source>Facilities</source>
        <translation>设施环境</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>规章流程</translation>
    </message>
    <message>
        <source>Something else</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Your voucher: take a photograph</source>
        <translation>您的凭证：请拍照</translation>
    </message>
    <message>
        <source>No paper comes out here. Touch the screen when you have it.</source>
        <translation>此处不打印小票。拍好后请轻触屏幕。</translation>
    </message>
</context>
</TS>
