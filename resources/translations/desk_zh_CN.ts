<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>desk</name>
    <message>
        <source>Duty desk</source>
        <translation>值班台</translation>
    </message>
    <message>
        <source>Sign out</source>
        <translation>退出登录</translation>
    </message>
    <message>
        <source>中文 / English</source>
        <translation>中文 / English</translation>
    </message>
    <message>
        <source>Open cases</source>
        <translation>待处理</translation>
    </message>
    <message>
        <source>Nobody is waiting</source>
        <translation>没有顾客在等</translation>
    </message>
    <message>
        <source>A low rating rings here at once.</source>
        <translation>一有差评，这里立即响铃。</translation>
    </message>
    <message>
        <source>Reading what is open</source>
        <translation>正在读取待处理事项</translation>
    </message>
    <message>
        <source>Sign in as a duty manager</source>
        <translation>请值班经理登录</translation>
    </message>
    <message>
        <source>Window {label}</source>
        <translation>{label} 号窗口</translation>
    </message>
    <message>
        <source>Window {label} · clerk {number}</source>
        <translation>{label} 号窗口 · 工号 {number}</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} 分钟</translation>
    </message>
    <message>
        <source>{n} h</source>
        <translation>{n} 小时</translation>
    </message>
    <message>
        <source>{n} days</source>
        <translation>{n} 天</translation>
    </message>
    <message>
        <source>less than 1 min</source>
        <translation>不到 1 分钟</translation>
    </message>
    <message>
        <source>Complaint {number}</source>
        <translation>投诉 {number}</translation>
    </message>
    <message>
        <source>Answer promised by {time}</source>
        <translation>承诺 {time} 前答复</translation>
    </message>
    <message>
        <source>Rated at {time}</source>
        <translation>{time} 评价</translation>
    </message>
    <message>
        <source>Opened at {time}</source>
        <translation>{time} 受理</translation>
    </message>
    <message>
        <source>Customer waiting</source>
        <translation>顾客在等</translation>
    </message>
    <message>
        <source>Wants a call</source>
        <translation>要求回电</translation>
    </message>
    <message>
        <source>Asks for somebody now</source>
        <translation>顾客要求马上来人</translation>
    </message>
    <message>
        <source>The customer waits for you</source>
        <translation>顾客正在等您</translation>
    </message>
    <message>
        <source>The customer wants to be called</source>
        <translation>顾客希望接到电话</translation>
    </message>
    <message>
        <source>The customer wants nobody just now</source>
        <translation>顾客现在不需要来人</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新</translation>
    </message>
    <message>
        <source>{name} is on the way</source>
        <translation>{name} 正在赶来</translation>
    </message>
    <message>
        <source>Resolved by {name}</source>
        <translation>{name} 已解决</translation>
    </message>
    <message>
        <source>{name} could not resolve it</source>
        <translation>{name} 未能解决</translation>
    </message>
    <message>
        <source>Reasons: {reasons}</source>
        <translation>原因：{reasons}</translation>
    </message>
    <message>
        <source>No reasons given</source>
        <translation>没有说明原因</translation>
    </message>
    <message>
        <source>Member: {name}</source>
        <translation>会员：{name}</translation>
    </message>
    <message>
        <source>I am on my way</source>
        <translation>我马上去</translation>
    </message>
    <message>
        <source>What was found, what was done</source>
        <translation>了解到什么，做了什么</translation>
    </message>
    <message>
        <source>Save note</source>
        <translation>保存记录</translation>
    </message>
    <message>
        <source>Close: resolved</source>
        <translation>结案：已解决</translation>
    </message>
    <message>
        <source>Close: could not be resolved</source>
        <translation>结案：无法解决</translation>
    </message>
    <message>
        <source>Choose a case on the left</source>
        <translation>请在左边选择一项</translation>
    </message>
    <message>
        <source>All is well</source>
        <translation>一切正常</translation>
    </message>
    <message>
        <source>No low rating is open at this office.</source>
        <translation>本网点没有待处理的差评。</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Good rate</source>
        <translation>满意率</translation>
    </message>
    <message>
        <source>Ratings of 4 or 5 over all ratings of today</source>
        <translation>今天的满意及以上评价占全部评价的比例</translation>
    </message>
    <message>
        <source>Rated</source>
        <translation>评价率</translation>
    </message>
    <message>
        <source>Encounters that ended with a rating over all encounters of today</source>
        <translation>今天有评价的服务占全部服务的比例</translation>
    </message>
    <message>
        <source>n = {n}</source>
        <translation>n = {n}</translation>
    </message>
    <message>
        <source>Without a rating</source>
        <translation>没有评价</translation>
    </message>
    <message>
        <source>{share} · n = {n}</source>
        <translation>{share} · n = {n}</translation>
    </message>
    <message>
        <source>Said no, thanks</source>
        <translation>谢绝评价</translation>
    </message>
    <message>
        <source>Gave no answer</source>
        <translation>没有回答</translation>
    </message>
    <message>
        <source>Not asked by staff</source>
        <translation>员工未邀请</translation>
    </message>
    <message>
        <source>Panel out of order</source>
        <translation>评价器故障</translation>
    </message>
    <message>
        <source>Next customer came</source>
        <translation>下一位已开始</translation>
    </message>
    <message>
        <source>No figures for today yet</source>
        <translation>今天还没有数据</translation>
    </message>
    <message>
        <source>To settle</source>
        <translation>待裁定</translation>
    </message>
    <message>
        <source>Nothing to settle</source>
        <translation>没有待裁定事项</translation>
    </message>
    <message>
        <source>Window {label} · {time}</source>
        <translation>{label} 号窗口 · {time}</translation>
    </message>
    <message>
        <source>{points} points</source>
        <translation>{points} 分</translation>
    </message>
    <message>
        <source>Why it stands here</source>
        <translation>为什么在这里</translation>
    </message>
    <message>
        <source>Note (optional)</source>
        <translation>说明（可不填）</translation>
    </message>
    <message>
        <source>Honour it</source>
        <translation>予以兑现</translation>
    </message>
    <message>
        <source>Write it off</source>
        <translation>核销</translation>
    </message>
    <message>
        <source>Take note</source>
        <translation>知悉</translation>
    </message>
    <message>
        <source>The member keeps the reward; the points are taken from the balance now.</source>
        <translation>会员保留奖励，现在从余额中扣除积分。</translation>
    </message>
    <message>
        <source>The office bears it; the member's balance stays as it is.</source>
        <translation>由网点承担，会员余额不变。</translation>
    </message>
    <message>
        <source>Nothing changes; it is kept as seen.</source>
        <translation>不作变更，仅记录已阅。</translation>
    </message>
    <message>
        <source>Online · as of now</source>
        <translation>在线 · 数据为最新</translation>
    </message>
    <message>
        <source>Online · {age} old</source>
        <translation>在线 · 数据已有 {age}</translation>
    </message>
    <message>
        <source>Offline · {age} old</source>
        <translation>离线 · 数据已有 {age}</translation>
    </message>
    <message>
        <source>Offline · no data yet</source>
        <translation>离线 · 还没有数据</translation>
    </message>
    <message>
        <source>Working without the network</source>
        <translation>网络已断开，工作照常</translation>
    </message>
    <message>
        <source>What you do is kept and sent later; low ratings may come late.</source>
        <translation>您的操作会保存，稍后发送；差评可能延迟到达。</translation>
    </message>
    <message>
        <source>Low rating at window {label}</source>
        <translation>{label} 号窗口有差评</translation>
    </message>
    <message>
        <source>{level}. Somebody is needed at the counter.</source>
        <translation>{level}。请到柜台查看。</translation>
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
        <source>Reward given without the network</source>
        <translation>断网时兑出的奖励</translation>
    </message>
    <message>
        <source>Reward asked for</source>
        <translation>申请兑换</translation>
    </message>
    <message>
        <source>Reward taken back</source>
        <translation>撤回的奖励</translation>
    </message>
    <message>
        <source>Points earned</source>
        <translation>累积积分</translation>
    </message>
    <message>
        <source>Points taken back</source>
        <translation>撤销的积分</translation>
    </message>
    <message>
        <source>Rating</source>
        <translation>评价</translation>
    </message>
    <message>
        <source>Reasons of a rating</source>
        <translation>评价的原因</translation>
    </message>
    <message>
        <source>New member</source>
        <translation>新会员</translation>
    </message>
    <message>
        <source>New phone number</source>
        <translation>新电话号码</translation>
    </message>
    <message>
        <source>New card</source>
        <translation>换卡</translation>
    </message>
    <message>
        <source>Complaint or question</source>
        <translation>投诉或咨询</translation>
    </message>
    <message>
        <source>Entry of a counter</source>
        <translation>柜台的一条记录</translation>
    </message>
    <message>
        <source>More than the limits allow.</source>
        <translation>超出了允许的限额。</translation>
    </message>
    <message>
        <source>The member had too few points left.</source>
        <translation>会员的积分不够。</translation>
    </message>
    <message>
        <source>The counter held no points set aside for this member.</source>
        <translation>柜台没有为该会员预留积分。</translation>
    </message>
    <message>
        <source>The points set aside at the counter had run out or expired.</source>
        <translation>柜台预留的积分已用完或已过期。</translation>
    </message>
    <message>
        <source>This flight had earned its points already.</source>
        <translation>该航班已累积过积分。</translation>
    </message>
    <message>
        <source>The server doesn't know this member.</source>
        <translation>服务器上没有该会员。</translation>
    </message>
    <message>
        <source>The server doesn't know the customer's visit it belongs to.</source>
        <translation>服务器上没有对应的服务记录。</translation>
    </message>
    <message>
        <source>The server doesn't know the rating it belongs to.</source>
        <translation>服务器上没有对应的评价。</translation>
    </message>
    <message>
        <source>The server doesn't know the clerk who did it.</source>
        <translation>服务器上没有办理的员工。</translation>
    </message>
    <message>
        <source>The clerk was no longer allowed to work.</source>
        <translation>该员工已停用。</translation>
    </message>
    <message>
        <source>The clerk belongs to another office.</source>
        <translation>该员工属于其他网点。</translation>
    </message>
    <message>
        <source>The card belongs to another member.</source>
        <translation>此卡属于另一位会员。</translation>
    </message>
    <message>
        <source>The text that belongs to it didn't arrive.</source>
        <translation>所附的文字没有送达。</translation>
    </message>
    <message>
        <source>The counter's PC was set back, and recorded something else in its place.</source>
        <translation>柜台电脑被还原过，在同一位置记录了别的内容。</translation>
    </message>
    <message>
        <source>The server could not post it: {message}</source>
        <translation>服务器无法入账：{message}</translation>
    </message>
</context>
</TS>
