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
        <source>中文</source>
        <translation>English</translation>
    </message>
    <message>
        <source>Open cases</source>
        <translation>待处理</translation>
    </message>
    <message>
        <source>{title} · {n}</source>
        <translation>{title} · {n}</translation>
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
        <source>Answer is late</source>
        <translation>答复已超时</translation>
    </message>
    <message>
        <source>Rated at {time}</source>
        <translation>{time} 评价</translation>
    </message>
    <message>
        <source>on their own phone</source>
        <translation>在自己的手机上评价</translation>
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
        <translation>待接手</translation>
    </message>
    <message>
        <source>{name} is on the way</source>
        <translation>{name} 正在赶来</translation>
    </message>
    <message>
        <source>Taken on by {name}</source>
        <translation>{name} 已接手</translation>
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
        <source>I take it on</source>
        <translation>我来处理</translation>
    </message>
    <message>
        <source>I am with the customer</source>
        <translation>我已到顾客身边</translation>
    </message>
    <message>
        <source>I look into it</source>
        <translation>开始核查</translation>
    </message>
    <message>
        <source>Remedy offered</source>
        <translation>已提出补救</translation>
    </message>
    <message>
        <source>Customer told</source>
        <translation>已告知顾客</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>重新打开</translation>
    </message>
    <message>
        <source>taken after {age}</source>
        <translation>{age}后接手</translation>
    </message>
    <message>
        <source>there after {age}</source>
        <translation>{age}后到场</translation>
    </message>
    <message>
        <source>closed after {age}</source>
        <translation>{age}后办结</translation>
    </message>
    <message>
        <source>{name} is with the customer</source>
        <translation>{name} 已到顾客身边</translation>
    </message>
    <message>
        <source>{name} is looking into it</source>
        <translation>{name} 正在核查</translation>
    </message>
    <message>
        <source>{name} offered a remedy</source>
        <translation>{name} 已提出补救</translation>
    </message>
    <message>
        <source>{name} told the customer</source>
        <translation>{name} 已告知顾客</translation>
    </message>
    <message>
        <source>Closed by {name}</source>
        <translation>{name} 已办结</translation>
    </message>
    <message>
        <source>Opened again by {name}</source>
        <translation>{name} 重新打开</translation>
    </message>
    <message>
        <source>Handled by</source>
        <translation>处理层级</translation>
    </message>
    <message>
        <source>Front line</source>
        <translation>一线窗口</translation>
    </message>
    <message>
        <source>Coordinator</source>
        <translation>跨部门协调</translation>
    </message>
    <message>
        <source>System owner</source>
        <translation>系统负责人</translation>
    </message>
    <message>
        <source>{name} passed it on: {tier}</source>
        <translation>{name} 转交：{tier}</translation>
    </message>
    <message>
        <source>{tier} {age}</source>
        <translation>{tier} {age}</translation>
    </message>
    <message>
        <source>So far with: {spans}</source>
        <translation>各层级用时：{spans}</translation>
    </message>
    <message>
        <source>Promises</source>
        <translation>承诺看板</translation>
    </message>
    <message>
        <source>Late or due</source>
        <translation>已逾期与将到期</translation>
    </message>
    <message>
        <source>Late</source>
        <translation>已逾期</translation>
    </message>
    <message>
        <source>Nothing is late</source>
        <translation>没有逾期事项</translation>
    </message>
    <message>
        <source>Whatever was promised so far was kept, or isn't due yet.</source>
        <translation>承诺的事项均已兑现或尚未到期。</translation>
    </message>
    <message>
        <source>Due next</source>
        <translation>即将到期</translation>
    </message>
    <message>
        <source>Nothing else is due</source>
        <translation>没有其他待办期限</translation>
    </message>
    <message>
        <source>{age} late</source>
        <translation>逾期 {age}</translation>
    </message>
    <message>
        <source>in {age}</source>
        <translation>{age} 后</translation>
    </message>
    <message>
        <source>Somebody due there by {time}</source>
        <translation>应在 {time} 前有人到场</translation>
    </message>
    <message>
        <source>Answer due by {time}</source>
        <translation>应在 {time} 前答复</translation>
    </message>
    <message>
        <source>To be closed by {time}</source>
        <translation>应在 {time} 前办结</translation>
    </message>
    <message>
        <source>Nobody has it yet</source>
        <translation>尚无人接手</translation>
    </message>
    <message>
        <source>This office's cases as this desk knows them, {age} old</source>
        <translation>离线：本网点事项，数据为 {age} 前</translation>
    </message>
    <message>
        <source>This office's cases as far as this desk has heard of them</source>
        <translation>离线：仅限本台已收到的本网点事项</translation>
    </message>
    <message>
        <source>Appeals</source>
        <translation>申诉</translation>
    </message>
    <message>
        <source>Decide</source>
        <translation>处理</translation>
    </message>
    <message>
        <source>No appeal waits</source>
        <translation>没有待处理的申诉</translation>
    </message>
    <message>
        <source>Staff appeal ratings of their own visits at the counter, under F9, V.</source>
        <translation>员工可在柜台按 F9、V 对本人接待的评价提出申诉。</translation>
    </message>
    <message>
        <source>Choose an appeal on the left</source>
        <translation>请在左侧选择一条申诉</translation>
    </message>
    <message>
        <source>{name} · clerk {number}</source>
        <translation>{name} · 工号 {number}</translation>
    </message>
    <message>
        <source>Served {opened} · appealed {at}</source>
        <translation>接待 {opened} · 申诉 {at}</translation>
    </message>
    <message>
        <source>Not shown to who served</source>
        <translation>不向接待者本人显示</translation>
    </message>
    <message>
        <source>No rating has come in</source>
        <translation>尚未收到评价</translation>
    </message>
    <message>
        <source>By phone: {levels}</source>
        <translation>手机评价：{levels}</translation>
    </message>
    <message>
        <source>Their reason</source>
        <translation>申诉理由</translation>
    </message>
    <message>
        <source>You served this visit yourself: another manager decides.</source>
        <translation>这是您本人接待的，请由其他经理处理。</translation>
    </message>
    <message>
        <source>Upheld here; it goes to the central office.</source>
        <translation>本台已认定成立，正在上传。</translation>
    </message>
    <message>
        <source>Declined here; it goes to the central office.</source>
        <translation>本台已认定不成立，正在上传。</translation>
    </message>
    <message>
        <source>Why you decide so</source>
        <translation>处理理由</translation>
    </message>
    <message>
        <source>Uphold it</source>
        <translation>申诉成立</translation>
    </message>
    <message>
        <source>Decline it</source>
        <translation>申诉不成立</translation>
    </message>
    <message>
        <source>Upheld, what was rated is kept and left out of the figures. Declined, nothing changes. The clerk learns which, and never what the rating was. It is for good.</source>
        <translation>成立：评价保留，不计入统计；不成立：一切照旧。员工只得知结果，不会得知评价内容。处理后不可更改。</translation>
    </message>
    <message>
        <source>Appeal against a rating</source>
        <translation>对评价的申诉</translation>
    </message>
    <message>
        <source>Answer to an appeal</source>
        <translation>对申诉的处理</translation>
    </message>
    <message>
        <source>Somebody else had begun to serve that visit.</source>
        <translation>那次接待最初由他人开始。</translation>
    </message>
    <message>
        <source>This rating had been appealed before.</source>
        <translation>此前已对这条评价提出申诉。</translation>
    </message>
    <message>
        <source>The server doesn't know the appeal.</source>
        <translation>服务器上没有这条申诉。</translation>
    </message>
    <message>
        <source>Another manager had decided otherwise about this appeal.</source>
        <translation>另一位经理此前已作出不同处理。</translation>
    </message>
    <message>
        <source>Nobody decides about a visit that they served.</source>
        <translation>任何人不得处理本人接待的申诉。</translation>
    </message>
    <message>
        <source>Passed on to {name}</source>
        <translation>已转发至{name}</translation>
    </message>
    <message>
        <source>How grave</source>
        <translation>严重程度</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>Medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>High</source>
        <translation>高</translation>
    </message>
    <message>
        <source>Done at once</source>
        <translation>当场处置</translation>
    </message>
    <message>
        <source>Apologised</source>
        <translation>已致歉</translation>
    </message>
    <message>
        <source>Served again</source>
        <translation>重新办理</translation>
    </message>
    <message>
        <source>A colleague took over</source>
        <translation>同事接手</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>未处置</translation>
    </message>
    <message>
        <source>At the root of it</source>
        <translation>根本原因</translation>
    </message>
    <message>
        <source>Waiting time</source>
        <translation>等候时间</translation>
    </message>
    <message>
        <source>Manner</source>
        <translation>服务态度</translation>
    </message>
    <message>
        <source>Knowledge</source>
        <translation>业务能力</translation>
    </message>
    <message>
        <source>Our rules</source>
        <translation>规章制度</translation>
    </message>
    <message>
        <source>Another cause</source>
        <translation>其他原因</translation>
    </message>
    <message>
        <source>Our systems</source>
        <translation>系统故障</translation>
    </message>
    <message>
        <source>The hall</source>
        <translation>大厅设施</translation>
    </message>
    <message>
        <source>Remedy</source>
        <translation>补救措施</translation>
    </message>
    <message>
        <source>Apology</source>
        <translation>致歉</translation>
    </message>
    <message>
        <source>Put right</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Points as goodwill</source>
        <translation>赠送积分</translation>
    </message>
    <message>
        <source>Another remedy</source>
        <translation>其他补救</translation>
    </message>
    <message>
        <source>Who was told</source>
        <translation>告知对象</translation>
    </message>
    <message>
        <source>The customer</source>
        <translation>顾客本人</translation>
    </message>
    <message>
        <source>A companion</source>
        <translation>同行人</translation>
    </message>
    <message>
        <source>Nobody was reached</source>
        <translation>未能联系上</translation>
    </message>
    <message>
        <source>How</source>
        <translation>告知方式</translation>
    </message>
    <message>
        <source>In person</source>
        <translation>当面</translation>
    </message>
    <message>
        <source>By phone</source>
        <translation>电话</translation>
    </message>
    <message>
        <source>By letter</source>
        <translation>信函</translation>
    </message>
    <message>
        <source>By message</source>
        <translation>短信</translation>
    </message>
    <message>
        <source>Content with the handling</source>
        <translation>对处理是否满意</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>满意</translation>
    </message>
    <message>
        <source>In part</source>
        <translation>部分满意</translation>
    </message>
    <message>
        <source>No</source>
        <translation>不满意</translation>
    </message>
    <message>
        <source>Also said: {others}. Choose to settle it.</source>
        <translation>另有记录：{others}。请重新选择以确定。</translation>
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
        <translation>本营业点没有待处理的差评。</translation>
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
        <source>Window {label} · clerk {number} · {time}</source>
        <translation>{label} 号窗口 · 柜员 {number} · {time}</translation>
    </message>
    <message>
        <source>{name} · {card} · {points} points to spend</source>
        <translation>{name} · {card} · 可用 {points} 分</translation>
    </message>
    <message>
        <source>{name} · {card} · owes {points} points</source>
        <translation>{name} · {card} · 欠 {points} 分</translation>
    </message>
    <message>
        <source>{points} points</source>
        <translation>{points} 分</translation>
    </message>
    <message>
        <source>Why it stands here</source>
        <translation>待裁定的原因</translation>
    </message>
    <message>
        <source>Note (optional)</source>
        <translation>说明（可不填）</translation>
    </message>
    <message>
        <source>Honour it</source>
        <translation>予以认可</translation>
    </message>
    <message>
        <source>Write it off</source>
        <translation>核销</translation>
    </message>
    <message>
        <source>Claim it back</source>
        <translation>向会员追回</translation>
    </message>
    <message>
        <source>Take note</source>
        <translation>知悉</translation>
    </message>
    <message>
        <source>The member keeps the reward; the points are taken as far as they are there.</source>
        <translation>会员保留奖品；余额够多少，现在扣多少。</translation>
    </message>
    <message>
        <source>The member keeps the reward; {taken} of {has} points are taken now.</source>
        <translation>会员保留奖品；现在从 {has} 分中扣除 {taken} 分。</translation>
    </message>
    <message>
        <source>The member keeps the reward; {taken} points are taken, all that is there, and the programme bears {borne}.</source>
        <translation>会员保留奖品；扣除现有的 {taken} 分，其余 {borne} 分由计划承担。</translation>
    </message>
    <message>
        <source>The member pays: the points are taken, and what isn't there is owed.</source>
        <translation>由会员承担：扣除积分，不足部分记为欠分。</translation>
    </message>
    <message>
        <source>The member pays: {taken} of {has} points are taken now.</source>
        <translation>由会员承担：现在从 {has} 分中扣除 {taken} 分。</translation>
    </message>
    <message>
        <source>The member pays: {taken} points are taken now and {owed} are owed, which what is earned next pays.</source>
        <translation>由会员承担：现在扣除 {taken} 分，另欠 {owed} 分，以后获得的积分先抵欠分。</translation>
    </message>
    <message>
        <source>The programme bears it; the member's balance stays as it is.</source>
        <translation>由计划承担，会员余额不变。</translation>
    </message>
    <message>
        <source>The programme bears {borne} points; the member's balance stays as it is.</source>
        <translation>由计划承担 {borne} 分，会员余额不变。</translation>
    </message>
    <message>
        <source>Nothing changes; it is kept as seen.</source>
        <translation>不作变更，仅记录已阅。</translation>
    </message>
    <message>
        <source>Online · up to date</source>
        <translation>在线 · 数据为最新</translation>
    </message>
    <message>
        <source>Online · {age} old</source>
        <translation>在线 · {age}前更新</translation>
    </message>
    <message>
        <source>Offline · {age} old</source>
        <translation>离线 · {age}前更新</translation>
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
        <source>Low rating at window {label}, {age} ago</source>
        <translation>{label} 号窗口有差评，已过 {age}</translation>
    </message>
    <message>
        <source>Low rating at window {label}, {age} ago · {n} more wait</source>
        <translation>{label} 号窗口有差评，已过 {age} · 另有 {n} 件在等</translation>
    </message>
    <message>
        <source>Low rating at window {label}, just now</source>
        <translation>{label} 号窗口刚刚有差评</translation>
    </message>
    <message>
        <source>Silenced; the next one rings again.</source>
        <translation>已静音，下一件仍会响铃。</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>静音</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>This PC can't play the alarm</source>
        <translation>这台电脑放不出警报声</translation>
    </message>
    <message>
        <source>It may beep at most: keep the screen in sight, and ask IT for the sound.</source>
        <translation>最多只有蜂鸣，请留意屏幕，并请信息部门修复声音。</translation>
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
        <translation>断网时兑换的奖品</translation>
    </message>
    <message>
        <source>Voucher taken</source>
        <translation>已收凭证</translation>
    </message>
    <message>
        <source>The reward had been handed over for its voucher before.</source>
        <translation>该奖品此前已凭凭证领取。</translation>
    </message>
    <message>
        <source>The voucher's reward had been taken back before.</source>
        <translation>这张凭证的兑换此前已撤销。</translation>
    </message>
    <message>
        <source>The voucher's points had been given back before.</source>
        <translation>这张凭证的积分此前已退还。</translation>
    </message>
    <message>
        <source>The voucher's last day was over.</source>
        <translation>这张凭证已过有效期。</translation>
    </message>
    <message>
        <source>The voucher was good at another office alone.</source>
        <translation>这张凭证仅限其他营业点使用。</translation>
    </message>
    <message>
        <source>The voucher came from a PC that had been shut out.</source>
        <translation>出具这张凭证的电脑已被停用。</translation>
    </message>
    <message>
        <source>The voucher can't be read whole.</source>
        <translation>凭证没有读全。</translation>
    </message>
    <message>
        <source>No counter of this programme issued the voucher.</source>
        <translation>这张凭证不是本计划的柜台出具的。</translation>
    </message>
    <message>
        <source>Reward asked for</source>
        <translation>申请兑换</translation>
    </message>
    <message>
        <source>Reward taken back</source>
        <translation>撤回的奖品</translation>
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
        <source>Somebody took a case</source>
        <translation>有人接手了差评</translation>
    </message>
    <message>
        <source>A case came further</source>
        <translation>差评处理有了进展</translation>
    </message>
    <message>
        <source>A case was opened again</source>
        <translation>差评被重新打开</translation>
    </message>
    <message>
        <source>Something was said of a case</source>
        <translation>补充了差评的处理信息</translation>
    </message>
    <message>
        <source>Note on a case</source>
        <translation>差评处理记录</translation>
    </message>
    <message>
        <source>A case was closed</source>
        <translation>差评已结</translation>
    </message>
    <message>
        <source>An answer given here before</source>
        <translation>此前在这里作出的处理</translation>
    </message>
    <message>
        <source>A customer's visit began</source>
        <translation>开始接待顾客</translation>
    </message>
    <message>
        <source>A customer's visit went on</source>
        <translation>继续接待顾客</translation>
    </message>
    <message>
        <source>A customer's visit ended</source>
        <translation>接待结束</translation>
    </message>
    <message>
        <source>A member was found</source>
        <translation>找到会员</translation>
    </message>
    <message>
        <source>A visit ended without a rating</source>
        <translation>接待结束，未评价</translation>
    </message>
    <message>
        <source>Points set aside were given back</source>
        <translation>退回预留积分</translation>
    </message>
    <message>
        <source>Points set aside were handed on to another counter</source>
        <translation>预留积分转给另一柜台</translation>
    </message>
    <message>
        <source>Points set aside were taken over from another counter</source>
        <translation>从另一柜台接过预留积分</translation>
    </message>
    <message>
        <source>The counter that handed them on had none left: its PC was copied or set back. What is given away for them is booked, and the loss counts as one that was written down beforehand.</source>
        <translation>转出的柜台已没有这些积分：其电脑曾被复制或还原。据此发放的奖励照常入账，损失计入已登记的风险。</translation>
    </message>
    <message>
        <source>It isn't proved that another counter of this office handed them on.</source>
        <translation>无法证明这些积分由本营业部的另一柜台转来。</translation>
    </message>
    <message>
        <source>Rewards held at a counter were given back</source>
        <translation>退回了柜台预留的奖品</translation>
    </message>
    <message>
        <source>A clerk signed in</source>
        <translation>柜员登录</translation>
    </message>
    <message>
        <source>A clerk signed out</source>
        <translation>柜员退出</translation>
    </message>
    <message>
        <source>A shift was opened</source>
        <translation>开班</translation>
    </message>
    <message>
        <source>A shift was closed</source>
        <translation>交班</translation>
    </message>
    <message>
        <source>Entry of a counter</source>
        <translation>柜台的一条记录</translation>
    </message>
    <message>
        <source>More than a counter may give away before the central office hears of it.</source>
        <translation>超出了柜台在总部得知之前可送出的限额。</translation>
    </message>
    <message>
        <source>Something to look at</source>
        <translation>需要留意的情况</translation>
    </message>
    <message>
        <source>More than the limits allow.</source>
        <translation>超出了允许的限额。</translation>
    </message>
    <message>
        <source>{taken} of {had} points were spent within {hours} h, after {days} days without a booking. It may be a long saved-up reward: ask the customer, or the clerk how they knew them.</source>
        <translation>{hours} 小时内用掉了 {had} 分中的 {taken} 分，此前 {days} 天没有任何记录。也可能是攒了很久的奖品：可询问客人，或向柜员了解如何核实身份。</translation>
    </message>
    <message>
        <source>{times} rewards at {offices} offices within {hours} h. It may be a journey, or a family that shares a card.</source>
        <translation>{hours} 小时内在 {offices} 个营业点兑换了 {times} 次。也可能是在旅途中，或家人共用一张卡。</translation>
    </message>
    <message>
        <source>{taken} points were spent {minutes} min after the card or the phone was changed. It may be that a lost card was replaced to use it: see by which document the change was made.</source>
        <translation>更换卡号或手机号 {minutes} 分钟后用掉了 {taken} 分。也可能是补办遗失的卡后使用：请核对办理变更时所用的证件。</translation>
    </message>
    <message>
        <source>The clerk gave the same member {times} rewards within {days} days, {taken} points. It may be a regular who comes to the same window.</source>
        <translation>该柜员 {days} 天内为同一会员兑换了 {times} 次，共 {taken} 分。也可能是常来同一窗口的老顾客。</translation>
    </message>
    <message>
        <source>The clerk gave {times} rewards within {hours} h, {taken} points, to members known by their names alone. It may be a scanner out of order, or a group without cards.</source>
        <translation>该柜员 {hours} 小时内仅凭姓名为会员兑换了 {times} 次，共 {taken} 分。也可能是扫描枪故障，或团队客人没带卡。</translation>
    </message>
    <message>
        <source>The clerk gave out more points within the hour than the rules allow, counted over all counters. It is booked, and the customer has the reward: ask the clerk.</source>
        <translation>该柜员一小时内在各柜台发放的积分合计超过规定。已入账，客人已拿到奖品；请向柜员了解情况。</translation>
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
        <source>What was paid with money can't be read.</source>
        <translation>现金支付部分无法识别。</translation>
    </message>
    <message>
        <source>The counter held fewer points for this member.</source>
        <translation>柜台为该会员预留的积分没有这么多。</translation>
    </message>
    <message>
        <source>It came in after what the counter held had been written off. It is booked, and the loss counts as one that was written down beforehand.</source>
        <translation>该柜台的预留积分核销之后才收到此笔。已经入账，损失计入此前已登记的风险。</translation>
    </message>
    <message>
        <source>The counter held none of this reward.</source>
        <translation>该柜台没有预留此奖品。</translation>
    </message>
    <message>
        <source>The counter had given back what it held of this reward.</source>
        <translation>该柜台已退回预留的此奖品。</translation>
    </message>
    <message>
        <source>The counter held fewer of this reward.</source>
        <translation>该柜台预留的此奖品没有这么多。</translation>
    </message>
    <message>
        <source>None of the reward was left when it came in. It is booked, and one more was given than there were.</source>
        <translation>收到此笔时该奖品已无库存。此笔已入账，实际多兑出一份。</translation>
    </message>
    <message>
        <source>Which ticket it was can't be read.</source>
        <translation>客票信息无法识别。</translation>
    </message>
    <message>
        <source>Which flight it was can't be read.</source>
        <translation>航班信息无法识别。</translation>
    </message>
    <message>
        <source>Points taken back in part</source>
        <translation>部分积分已收回</translation>
    </message>
    <message>
        <source>Reward given back</source>
        <translation>奖励已退回</translation>
    </message>
    <message>
        <source>Points given or taken by a manager</source>
        <translation>经理增减积分</translation>
    </message>
    <message>
        <source>A manager agreed to points given or taken</source>
        <translation>经理已同意增减积分</translation>
    </message>
    <message>
        <source>By the programme's rules it is another number of points.</source>
        <translation>按计划规则，积分数额应不同。</translation>
    </message>
    <message>
        <source>The server doesn't know the rules that the points were worked out by.</source>
        <translation>服务器上没有计算该积分所用的规则。</translation>
    </message>
    <message>
        <source>More would come back than there was.</source>
        <translation>退回的积分将超过原有积分。</translation>
    </message>
    <message>
        <source>A second manager has to agree.</source>
        <translation>须由另一位经理同意。</translation>
    </message>
    <message>
        <source>It doesn't say whether points were given or taken.</source>
        <translation>未说明是增加还是扣减积分。</translation>
    </message>
    <message>
        <source>It doesn't say why, or says too much.</source>
        <translation>未写明原因，或原因过长。</translation>
    </message>
    <message>
        <source>These points had been given or taken before.</source>
        <translation>这笔积分此前已增减过。</translation>
    </message>
    <message>
        <source>The server doesn't know which points it belongs to.</source>
        <translation>服务器上没有与之对应的积分。</translation>
    </message>
    <message>
        <source>The member gets the points that the counter recorded.</source>
        <translation>会员获得柜台所记录的积分。</translation>
    </message>
    <message>
        <source>This flight had earned its points already.</source>
        <translation>该航班已累积过积分。</translation>
    </message>
    <message>
        <source>The member had been credited for this flight already, by pass or by typing.</source>
        <translation>该会员的这一航班此前已累积过积分（扫描登机牌或手工补登）。</translation>
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
        <translation>该员工属于其他营业点。</translation>
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
        <source>It is booked now as the counter recorded it.</source>
        <translation>现在按柜台的记录入账。</translation>
    </message>
    <message>
        <source>It is booked now as the counter recorded it, over what was changed since.</source>
        <translation>现在按柜台的记录入账，并覆盖此后的更改。</translation>
    </message>
    <message>
        <source>It was rescued from a PC that was shut out or had lost its keys: you decide.</source>
        <translation>取自已停用或丢失密钥的电脑，由您决定。</translation>
    </message>
    <message>
        <source>The counter doesn't have it any more: its disk lost it, or it was left to a backup that lacks it. If a copy turns up, it is booked by itself; do that by hand only if none will.</source>
        <translation>柜台电脑上已没有这条记录：磁盘丢失，或已交由备份保存而备份中缺失。找到含有它的数据备份后会自动入账；确定没有时，再由您手工处理。</translation>
    </message>
    <message>
        <source>The counter held no risk limit of that number.</source>
        <translation>该柜台没有这一编号的风险额度。</translation>
    </message>
    <message>
        <source>It doesn't say what stood behind the reward.</source>
        <translation>没有写明兑换凭什么放行。</translation>
    </message>
    <message>
        <source>The number of points makes no sense.</source>
        <translation>积分数不合理。</translation>
    </message>
    <message>
        <source>The points set aside were another member's.</source>
        <translation>预留的积分属于另一位会员。</translation>
    </message>
    <message>
        <source>The clerk served their own membership, or one that gives them a share.</source>
        <translation>柜员为自己或会把积分分给自己的会员办理了业务。</translation>
    </message>
    <message>
        <source>The reward had been taken back before it was given.</source>
        <translation>这笔兑换在放行前已撤回。</translation>
    </message>
    <message>
        <source>Something else was recorded under the same number.</source>
        <translation>同一编号下已记录了别的内容。</translation>
    </message>
    <message>
        <source>What was to be honoured can't be read, is kept apart or is nothing to be booked. If it is right, do it by hand at a counter.</source>
        <translation>要认可的记录读不出、被单独存放，或无账可入。确属正确的，请在柜台手工办理。</translation>
    </message>
    <message>
        <source>These points had been recorded before.</source>
        <translation>这笔积分此前已记录。</translation>
    </message>
    <message>
        <source>This reward had been recorded before.</source>
        <translation>这笔兑换此前已记录。</translation>
    </message>
    <message>
        <source>This rating had been recorded before.</source>
        <translation>这次评价此前已记录。</translation>
    </message>
    <message>
        <source>This visit had been recorded before.</source>
        <translation>这次接待此前已记录。</translation>
    </message>
    <message>
        <source>The member's data had been erased in the meantime.</source>
        <translation>该会员的资料在此期间已被删除。</translation>
    </message>
    <message>
        <source>This member had joined before.</source>
        <translation>该会员此前已入会。</translation>
    </message>
    <message>
        <source>This complaint had been taken before.</source>
        <translation>这件投诉此前已受理。</translation>
    </message>
    <message>
        <source>The visit had its rating already.</source>
        <translation>这次接待已有评价。</translation>
    </message>
    <message>
        <source>The rating belongs to another visit.</source>
        <translation>评价属于另一次接待。</translation>
    </message>
    <message>
        <source>The visit belongs to another counter.</source>
        <translation>这次接待属于另一个柜台。</translation>
    </message>
    <message>
        <source>The server doesn't know the points it belongs to.</source>
        <translation>服务器找不到对应的积分记录。</translation>
    </message>
    <message>
        <source>The server doesn't know this case.</source>
        <translation>服务器找不到这件差评。</translation>
    </message>
    <message>
        <source>The server doesn't know what was to be settled.</source>
        <translation>服务器找不到要处理的事项。</translation>
    </message>
    <message>
        <source>Somebody else had taken the case before.</source>
        <translation>此前已有人接手。</translation>
    </message>
    <message>
        <source>The case had come that far before.</source>
        <translation>此前已处理到这一步。</translation>
    </message>
    <message>
        <source>The case wasn't closed, or had been opened again before.</source>
        <translation>此事未曾办结，或此前已重新打开。</translation>
    </message>
    <message>
        <source>It says how far the case came in a way that can't be.</source>
        <translation>所述的处理进度不成立。</translation>
    </message>
    <message>
        <source>It says something of the case that can't be.</source>
        <translation>所述的处理信息不成立。</translation>
    </message>
    <message>
        <source>The case had been closed before.</source>
        <translation>此前已结。</translation>
    </message>
    <message>
        <source>It had been settled before.</source>
        <translation>此前已处理。</translation>
    </message>
    <message>
        <source>The one who did it was no duty manager.</source>
        <translation>操作的人不是值班经理。</translation>
    </message>
    <message>
        <source>Nobody was signed in when it was done.</source>
        <translation>操作时没有人登录。</translation>
    </message>
    <message>
        <source>The old card wasn't this member's.</source>
        <translation>旧卡不属于该会员。</translation>
    </message>
    <message>
        <source>The card number can't be right.</source>
        <translation>卡号不对。</translation>
    </message>
    <message>
        <source>The phone number can't be right.</source>
        <translation>电话号码不对。</translation>
    </message>
    <message>
        <source>The name can't be right.</source>
        <translation>姓名不对。</translation>
    </message>
    <message>
        <source>The member's details can't be read.</source>
        <translation>会员资料无法读取。</translation>
    </message>
    <message>
        <source>The score is none of the five faces.</source>
        <translation>分数不在五个等级之内。</translation>
    </message>
    <message>
        <source>It gives more reasons than were offered.</source>
        <translation>原因多于可选的数量。</translation>
    </message>
    <message>
        <source>It says how the visit ended in a way that can't be.</source>
        <translation>接待的结束方式不可能成立。</translation>
    </message>
    <message>
        <source>It says how the case ended in a way that can't be.</source>
        <translation>差评的结案方式不可能成立。</translation>
    </message>
    <message>
        <source>It is none of the answers there are.</source>
        <translation>不是可选的处理方式。</translation>
    </message>
    <message>
        <source>Nothing was given away that could be claimed back from a member.</source>
        <translation>没有送出可以向会员追回的东西。</translation>
    </message>
    <message>
        <source>It can't be read; the counter's program may be too old or too new.</source>
        <translation>内容无法读取，柜台的程序可能太旧或太新。</translation>
    </message>
    <message>
        <source>The server made a mistake; its operator finds it in the log.</source>
        <translation>服务器出错，请运维人员查看日志。</translation>
    </message>
    <message>
        <source>The server could not post it: {message}</source>
        <translation>服务器无法入账：{message}</translation>
    </message>
    <message>
        <source>Window {label} asks: {reward}, {points} points</source>
        <translation>{label} 号窗口请求：{reward}，{points} 分</translation>
    </message>
    <message>
        <source>Agree</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Don't agree</source>
        <translation>不同意</translation>
    </message>
    <message>
        <source>For {name}</source>
        <translation>会员{name}</translation>
    </message>
    <message>
        <source>a member whom this desk doesn't hold</source>
        <translation>（本台无此会员资料）</translation>
    </message>
    <message>
        <source>{points} points as far as the counter knows</source>
        <translation>柜台所知余额 {points} 分</translation>
    </message>
    <message>
        <source>Clerk {number}</source>
        <translation>柜员 {number}</translation>
    </message>
    <message>
        <source>the counter's data is {age} old</source>
        <translation>柜台数据为{age}前</translation>
    </message>
    <message>
        <source>{n} more wait</source>
        <translation>另有 {n} 项等待</translation>
    </message>
    <message>
        <source>new member</source>
        <translation>新会员</translation>
    </message>
    <message>
        <source>known member</source>
        <translation>熟客</translation>
    </message>
    <message>
        <source>trusted member</source>
        <translation>信任会员</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>验证码</translation>
    </message>
    <message>
        <source>Counter</source>
        <translation>柜台</translation>
    </message>
    <message>
        <source>Digits that it shows</source>
        <translation>柜台显示的数字</translation>
    </message>
    <message>
        <source>A manager declined points given or taken</source>
        <translation>经理否决了积分调整</translation>
    </message>
    <message>
        <source>Another manager had decided about these points before.</source>
        <translation>另一位经理已对这笔积分作出决定。</translation>
    </message>
    <message>
        <source>Points</source>
        <translation>积分</translation>
    </message>
    <message>
        <source>Make the code</source>
        <translation>生成验证码</translation>
    </message>
    <message>
        <source>Ask who calls what it is for. The code is good for that one reward alone.</source>
        <translation>请问清来电用途。验证码仅对该次兑换有效。</translation>
    </message>
    <message>
        <source>Good for one reward of {points} points at that counter.</source>
        <translation>仅对该柜台一次 {points} 分的兑换有效。</translation>
    </message>
    <message>
        <source>It was more than a counter gives without a manager's approval.</source>
        <translation>超出柜台未经经理批准可送出的数额。</translation>
    </message>
    <message>
        <source>A manager answered what a counter asked</source>
        <translation>经理答复了柜台的请求</translation>
    </message>
    <message>
        <source>Points · {n} to decide</source>
        <translation>积分 · 待决定 {n}</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Give or take points</source>
        <translation>增减积分</translation>
    </message>
    <message>
        <source>Member: card, phone or name</source>
        <translation>会员：卡号、手机号或姓名</translation>
    </message>
    <message>
        <source>Points; with − before them they are taken</source>
        <translation>积分；前加 − 表示扣减</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Goodwill</source>
        <translation>补偿</translation>
    </message>
    <message>
        <source>Correction</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Record it</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Beyond {limit} points a second manager has to agree, on this desk or another. Nobody adjusts their own points.</source>
        <translation>超过 {limit} 积分须由第二位经理在本台或其他台同意。任何人不得调整自己的积分。</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>Statement</source>
        <translation>对账单</translation>
    </message>
    <message>
        <source>Statement of points · {name}</source>
        <translation>积分对账单 · {name}</translation>
    </message>
    <message>
        <source>Close the statement</source>
        <translation>关闭对账单</translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>一月</translation>
    </message>
    <message>
        <source>Year</source>
        <translation>一年</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Save PDF</source>
        <translation>存为 PDF</translation>
    </message>
    <message>
        <source>Save CSV</source>
        <translation>存为 CSV</translation>
    </message>
    <message>
        <source>It will stand as the remedy in the case of window {label}.</source>
        <translation>将作为 {label} 号窗口此事的补救措施。</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>待处理</translation>
    </message>
    <message>
        <source>Nothing waits</source>
        <translation>没有待处理的调整</translation>
    </message>
    <message>
        <source>What takes a second manager appears here, at every desk of the office.</source>
        <translation>须由第二位经理决定的调整会出现在本营业点的每个经理台。</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>否决</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Recorded by {name}, {time}</source>
        <translation>{name} 于 {time} 记录</translation>
    </message>
    <message>
        <source>A member who isn't on this PC</source>
        <translation>不在本机上的会员</translation>
    </message>
    <message>
        <source>Not with the central office yet</source>
        <translation>尚未送达中心</translation>
    </message>
    <message>
        <source>Not with the central office yet; then a second manager has to agree</source>
        <translation>尚未送达中心；之后须由第二位经理同意</translation>
    </message>
    <message>
        <source>A second manager has to agree</source>
        <translation>须由第二位经理同意</translation>
    </message>
    <message>
        <source>Agreed here; on its way</source>
        <translation>已在此同意，正在送往中心</translation>
    </message>
    <message>
        <source>Declined here; on its way</source>
        <translation>已在此否决，正在送往中心</translation>
    </message>
    <message>
        <source>You recorded it, so somebody else has to agree</source>
        <translation>由您记录，须由他人同意</translation>
    </message>
    <message>
        <source>These are your own points, so somebody else has to decide</source>
        <translation>这是您本人的积分，须由他人决定</translation>
    </message>
    <message>
        <source>Goodwill +{points}</source>
        <translation>补偿 +{points}</translation>
    </message>
    <message>
        <source>Correction +{points}</source>
        <translation>更正 +{points}</translation>
    </message>
    <message>
        <source>Correction −{points}</source>
        <translation>更正 −{points}</translation>
    </message>
    <message>
        <source>A counter's points set aside were given up</source>
        <translation>放弃了柜台预留的积分</translation>
    </message>
    <message>
        <source>A member was put on the deny list</source>
        <translation>会员列入拒兑名单</translation>
    </message>
    <message>
        <source>A member was taken off the deny list</source>
        <translation>会员移出拒兑名单</translation>
    </message>
    <message>
        <source>There is no such counter at this office.</source>
        <translation>本营业点没有此柜台。</translation>
    </message>
    <message>
        <source>Worst loss</source>
        <translation>最大损失</translation>
    </message>
    <message>
        <source>This office's worst possible loss now</source>
        <translation>本营业点当前最大可能损失</translation>
    </message>
    <message>
        <source>{points}</source>
        <translation>{points}</translation>
    </message>
    <message>
        <source>By the central office, {time}</source>
        <translation>中心数据，{time}</translation>
    </message>
    <message>
        <source>As the central office said at {time}; it can't be reached now</source>
        <translation>中心于 {time} 的数据；现在连不上中心</translation>
    </message>
    <message>
        <source>The central office is being asked …</source>
        <translation>正在向中心查询……</translation>
    </message>
    <message>
        <source>The central office hasn't said yet.</source>
        <translation>中心尚未给出数据。</translation>
    </message>
    <message>
        <source>All offices together: {programme}. A single member at most: {member}. Owed by members already: {owed}.</source>
        <translation>全部营业点合计：{programme}。单个会员最多：{member}。会员已欠：{owed}。</translation>
    </message>
    <message>
        <source>Counters</source>
        <translation>柜台</translation>
    </message>
    <message>
        <source>No counter of this office exposes anything</source>
        <translation>本营业点没有柜台构成损失风险</translation>
    </message>
    <message>
        <source>Nothing can be lost here now.</source>
        <translation>目前此处不会有损失。</translation>
    </message>
    <message>
        <source>Choose a counter</source>
        <translation>请选择柜台</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>重新查询</translation>
    </message>
    <message>
        <source>{points} {what}</source>
        <translation>{what} {points}</translation>
    </message>
    <message>
        <source>allowance left</source>
        <translation>剩余额度</translation>
    </message>
    <message>
        <source>What counters may still give away without asking, of what they were allowed.</source>
        <translation>柜台无需询问中心还可发放的额度。</translation>
    </message>
    <message>
        <source>allowance before that</source>
        <translation>此前的额度</translation>
    </message>
    <message>
        <source>What is left of an allowance that was replaced; a counter may not have heard of it yet.</source>
        <translation>已被替换的额度余数；柜台可能尚未得知。</translation>
    </message>
    <message>
        <source>given up</source>
        <translation>已放弃</translation>
    </message>
    <message>
        <source>Points set aside for counters that were given up: members have them back, and the counter may have spent them all the same.</source>
        <translation>为已放弃的柜台预留的积分：会员已收回，但柜台可能仍已用掉。</translation>
    </message>
    <message>
        <source>to be settled</source>
        <translation>待处理</translation>
    </message>
    <message>
        <source>Given away beyond what was allowed, or twice: they wait for a manager.</source>
        <translation>超额或重复发放，等待经理处理。</translation>
    </message>
    <message>
        <source>after a restore</source>
        <translation>恢复之后</translation>
    </message>
    <message>
        <source>The server was set back, and a counter that hasn't called since may hold so much.</source>
        <translation>服务器曾恢复到较早状态，此后未联系的柜台最多可能持有这么多。</translation>
    </message>
    <message>
        <source>Last heard of {age} ago</source>
        <translation>最近一次联系：{age}前</translation>
    </message>
    <message>
        <source>Never heard of</source>
        <translation>从未联系</translation>
    </message>
    <message>
        <source>Shut out</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>It holds {points} points of {n} members, which is no loss while it is there.</source>
        <translation>它持有 {n} 位会员的 {points} 积分；柜台仍在时不构成损失。</translation>
    </message>
    <message>
        <source>Given up here; on its way to the central office.</source>
        <translation>已在此放弃，正在送往中心。</translation>
    </message>
    <message>
        <source>Holds {points} of {n} members</source>
        <translation>持有 {n} 位会员的 {points} 积分</translation>
    </message>
    <message>
        <source>Holds nothing of members</source>
        <translation>未持有会员积分</translation>
    </message>
    <message>
        <source>Give it up</source>
        <translation>放弃该柜台</translation>
    </message>
    <message>
        <source>Deny list</source>
        <translation>拒兑名单</translation>
    </message>
    <message>
        <source>Put on the list, or take off</source>
        <translation>列入或移出名单</translation>
    </message>
    <message>
        <source>Without the central office no counter promises these members anything. Counters hear of it with their next contact. Why is kept with the central office; who decided is shown.</source>
        <translation>断网时任何柜台都不向名单上的会员承诺兑换。各柜台下次联网时得知。原因只存于中心，名单上显示由谁决定。</translation>
    </message>
    <message>
        <source>Put on the list</source>
        <translation>列入名单</translation>
    </message>
    <message>
        <source>Take off the list</source>
        <translation>移出名单</translation>
    </message>
    <message>
        <source>Nobody is on the list</source>
        <translation>名单上没有人</translation>
    </message>
    <message>
        <source>Nothing without the central office</source>
        <translation>断网时不兑换</translation>
    </message>
    <message>
        <source>Taken off</source>
        <translation>已移出</translation>
    </message>
    <message>
        <source>As this desk knew it {age} ago</source>
        <translation>本台 {age}前的名单</translation>
    </message>
    <message>
        <source>This desk hasn't heard of a list yet</source>
        <translation>本台尚未收到名单</translation>
    </message>
    <message>
        <source>By {name}, {time}</source>
        <translation>{name}，{time}</translation>
    </message>
    <message>
        <source>By the central office</source>
        <translation>由中心决定</translation>
    </message>
    <message>
        <source>Not with the central office yet: {reason}</source>
        <translation>尚未送达中心：{reason}</translation>
    </message>
    <message>
        <source>Not with the central office yet; taken off: {reason}</source>
        <translation>移出尚未送达中心：{reason}</translation>
    </message>
    <message>
        <source>Why it won't come back</source>
        <translation>为何不会再回来</translation>
    </message>
    <message>
        <source>For a PC that is lost for good: its members have their points back at once, and the programme bears what the counter may have given away. Your name and the reason are kept.</source>
        <translation>用于确定丢失的电脑：会员立即收回积分，柜台可能已发放的部分由计划承担。您的姓名和原因会被保存。</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>Quarter</source>
        <translation>季度</translation>
    </message>
    <message>
        <source>Period</source>
        <translation>时段</translation>
    </message>
    <message>
        <source>Office</source>
        <translation>网点</translation>
    </message>
    <message>
        <source>Clerk</source>
        <translation>工号</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>业务</translation>
    </message>
    <message>
        <source>This office</source>
        <translation>本网点</translation>
    </message>
    <message>
        <source>All offices</source>
        <translation>全部网点</translation>
    </message>
    <message>
        <source>All counters</source>
        <translation>全部窗口</translation>
    </message>
    <message>
        <source>All staff</source>
        <translation>全部人员</translation>
    </message>
    <message>
        <source>All services</source>
        <translation>全部业务</translation>
    </message>
    <message>
        <source>Nobody signed in</source>
        <translation>无人登录</translation>
    </message>
    <message>
        <source>Other visits</source>
        <translation>其他接待</translation>
    </message>
    <message>
        <source>Membership</source>
        <translation>会籍</translation>
    </message>
    <message>
        <source>Earning</source>
        <translation>积分累积</translation>
    </message>
    <message>
        <source>Trip claims</source>
        <translation>补登行程</translation>
    </message>
    <message>
        <source>Vouchers</source>
        <translation>收券</translation>
    </message>
    <message>
        <source>Redeeming</source>
        <translation>兑换</translation>
    </message>
    <message>
        <source>Refunds</source>
        <translation>退还兑换</translation>
    </message>
    <message>
        <source>Complaints</source>
        <translation>投诉咨询</translation>
    </message>
    <message>
        <source>What is about one clerk stays on the screen.</source>
        <translation>单个人员的数据只在屏幕上查看。</translation>
    </message>
    <message>
        <source>This office's own data as of {time}</source>
        <translation>本网点自有数据，截至 {time}</translation>
    </message>
    <message>
        <source>Offline: this office's own data, as of {time}</source>
        <translation>离线：本网点自有数据，截至 {time}</translation>
    </message>
    <message>
        <source>As the central office counts it, {time}</source>
        <translation>中心统计，{time}</translation>
    </message>
    <message>
        <source>{first} – {last} · {n} visits</source>
        <translation>{first} – {last} · {n} 次接待</translation>
    </message>
    <message>
        <source>{day} · {n} visits</source>
        <translation>{day} · {n} 次接待</translation>
    </message>
    <message>
        <source>Counting …</source>
        <translation>正在统计……</translation>
    </message>
    <message>
        <source>No visits in this time</source>
        <translation>这段时间没有接待</translation>
    </message>
    <message>
        <source>Choose a longer time, or fewer conditions.</source>
        <translation>请选择更长的时段，或减少条件。</translation>
    </message>
    <message>
        <source>d MMM</source>
        <translation>M月d日</translation>
    </message>
    <message>
        <source>ddd d MMM yyyy</source>
        <translation>yyyy年M月d日 dddd</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} 秒</translation>
    </message>
    <message>
        <source>{n} d</source>
        <translation>{n} 天</translation>
    </message>
    <message>
        <source>How visits ended</source>
        <translation>接待的结果</translation>
    </message>
    <message>
        <source>Low ratings, day by day</source>
        <translation>差评率，按日</translation>
    </message>
    <message>
        <source>Visits without a rating, day by day</source>
        <translation>未评价率，按日</translation>
    </message>
    <message>
        <source>Time until low ratings and complaints are taken</source>
        <translation>差评与投诉的受理用时</translation>
    </message>
    <message>
        <source>Hours of the day</source>
        <translation>一天各时段</translation>
    </message>
    <message>
        <source>Steps of a visit</source>
        <translation>接待各环节</translation>
    </message>
    <message>
        <source>How soon cases come on</source>
        <translation>处理的快慢</translation>
    </message>
    <message>
        <source>Low ratings by number of ratings</source>
        <translation>差评率与评价数</translation>
    </message>
    <message>
        <source>Visits without a rating by number of visits</source>
        <translation>未评价率与接待数</translation>
    </message>
    <message>
        <source>Reasons for low ratings</source>
        <translation>差评原因</translation>
    </message>
    <message>
        <source>Good ratings</source>
        <translation>好评</translation>
    </message>
    <message>
        <source>Good, of all visits</source>
        <translation>好评占全部接待</translation>
    </message>
    <message>
        <source>Low ratings</source>
        <translation>差评率</translation>
    </message>
    <message>
        <source>Unrated visits</source>
        <translation>未评价的接待</translation>
    </message>
    <message>
        <source>Low ratings put right</source>
        <translation>差评已整改</translation>
    </message>
    <message>
        <source>Ratings of 4 and 5 over all ratings that count</source>
        <translation>4 分和 5 分的评价 ÷ 全部有效评价</translation>
    </message>
    <message>
        <source>Ratings of 4 and 5 over all visits</source>
        <translation>4 分和 5 分的评价 ÷ 全部接待</translation>
    </message>
    <message>
        <source>Ratings of 1 and 2 over all ratings that count</source>
        <translation>1 分和 2 分的评价 ÷ 全部有效评价</translation>
    </message>
    <message>
        <source>Visits that ended without a rating over all visits</source>
        <translation>未评价即结束的接待 ÷ 全部接待</translation>
    </message>
    <message>
        <source>Low ratings whose case was resolved over all low ratings</source>
        <translation>已解决的差评 ÷ 全部差评</translation>
    </message>
    <message>
        <source>{n} ratings don't count: repeats, or keys that staff pressed.</source>
        <translation>{n} 条评价不计入：重复评价，或由工作人员按下。</translation>
    </message>
    <message>
        <source>Apart from all charts, on customers' own phones: good {share} of {n} ({interval}).</source>
        <translation>不计入各图，顾客在自己手机上评价：{n} 条中好评 {share}（{interval}）。</translation>
    </message>
    <message>
        <source>Apart, too, companions by that link: good {share} of {n} ({interval}).</source>
        <translation>另行统计，同一链接的同行者：{n} 条中好评 {share}（{interval}）。</translation>
    </message>
    <message>
        <source>Limits of chance</source>
        <translation>正常波动范围</translation>
    </message>
    <message>
        <source>Past a limit</source>
        <translation>超出界限</translation>
    </message>
    <message>
        <source>A pattern</source>
        <translation>异常走势</translation>
    </message>
    <message>
        <source>95 % limits</source>
        <translation>95 % 界限</translation>
    </message>
    <message>
        <source>99.8 % limits</source>
        <translation>99.8 % 界限</translation>
    </message>
    <message>
        <source>Outside 99.8 %</source>
        <translation>超出 99.8 %</translation>
    </message>
    <message>
        <source>Outside 95 %</source>
        <translation>超出 95 %</translation>
    </message>
    <message>
        <source>Share of all reasons</source>
        <translation>占全部原因</translation>
    </message>
    <message>
        <source>Added up</source>
        <translation>累计</translation>
    </message>
    <message>
        <source>Good ratings with 95 % interval</source>
        <translation>好评率与 95 % 区间</translation>
    </message>
    <message>
        <source>Visits</source>
        <translation>接待数</translation>
    </message>
    <message>
        <source>Later than the target</source>
        <translation>超过目标时间</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>Its 95 % interval</source>
        <translation>其 95 % 区间</translation>
    </message>
    <message>
        <source>9 of 10</source>
        <translation>九成</translation>
    </message>
    <message>
        <source>Ratings</source>
        <translation>评价数</translation>
    </message>
    <message>
        <source>{part} of {n} ratings</source>
        <translation>{n} 条评价中 {part} 条</translation>
    </message>
    <message>
        <source>{part} of {n} visits</source>
        <translation>{n} 次接待中 {part} 次</translation>
    </message>
    <message>
        <source>{part} of {n} reasons given</source>
        <translation>{n} 个原因中 {part} 个</translation>
    </message>
    <message>
        <source>n = {n} cases</source>
        <translation>n = {n} 件</translation>
    </message>
    <message>
        <source>{part} of {n} were late</source>
        <translation>{n} 次中 {part} 次超时</translation>
    </message>
    <message>
        <source>95 % interval: {low} – {high}</source>
        <translation>95 % 区间：{low} – {high}</translation>
    </message>
    <message>
        <source>Too few for an interval</source>
        <translation>数量太少，无法给出区间</translation>
    </message>
    <message>
        <source>Limits of the day: {low} – {high}, centre {centre}</source>
        <translation>当日界限：{low} – {high}，中心 {centre}</translation>
    </message>
    <message>
        <source>99.8 % limits: {low} – {high}</source>
        <translation>99.8 % 界限：{low} – {high}</translation>
    </message>
    <message>
        <source>95 % limits: {low} – {high}</source>
        <translation>95 % 界限：{low} – {high}</translation>
    </message>
    <message>
        <source>With those above: {share}</source>
        <translation>连同以上各项：{share}</translation>
    </message>
    <message>
        <source>9 of 10 within {time}</source>
        <translation>九成在 {time} 内</translation>
    </message>
    <message>
        <source>Half within {time}</source>
        <translation>半数在 {time} 内</translation>
    </message>
    <message>
        <source>Target: {time}</source>
        <translation>目标：{time}</translation>
    </message>
    <message>
        <source>{n} late in a million</source>
        <translation>每百万次超时 {n} 次</translation>
    </message>
    <message>
        <source>Clerk {staff}</source>
        <translation>工号 {staff}</translation>
    </message>
    <message>
        <source>Without a rating: {share} of {n} visits</source>
        <translation>未评价：{n} 次接待的 {share}</translation>
    </message>
    <message>
        <source>Rated low: {share} of {n} ratings</source>
        <translation>差评：{n} 条评价的 {share}</translation>
    </message>
    <message>
        <source>{n} visits</source>
        <translation>{n} 次接待</translation>
    </message>
    <message>
        <source>{first}:00 – {last}:00</source>
        <translation>{first}:00 – {last}:00</translation>
    </message>
    <message>
        <source>Less than {time}</source>
        <translation>少于 {time}</translation>
    </message>
    <message>
        <source>{time} or longer</source>
        <translation>{time} 及以上</translation>
    </message>
    <message>
        <source>{first} to {last}</source>
        <translation>{first} 至 {last}</translation>
    </message>
    <message>
        <source>Too few to say anything</source>
        <translation>数量太少，无法判断</translation>
    </message>
    <message>
        <source>{n} others</source>
        <translation>其他 {n} 项</translation>
    </message>
    <message>
        <source>Past a limit of chance</source>
        <translation>超出正常波动的界限</translation>
    </message>
    <message>
        <source>Two of three days far on one side</source>
        <translation>连续三天中有两天明显偏向一侧</translation>
    </message>
    <message>
        <source>Four of five days on one side</source>
        <translation>连续五天中有四天偏向一侧</translation>
    </message>
    <message>
        <source>Eight days in a row on one side</source>
        <translation>连续八天在同一侧</translation>
    </message>
    <message>
        <source>Changed more than usual since the last time</source>
        <translation>与上一次相比变化异常</translation>
    </message>
    <message>
        <source>More than 99.8 % limits explain</source>
        <translation>多于 99.8 % 界限</translation>
    </message>
    <message>
        <source>More than 95 % limits explain</source>
        <translation>多于 95 % 界限</translation>
    </message>
    <message>
        <source>Fewer than 95 % limits explain</source>
        <translation>少于 95 % 界限</translation>
    </message>
    <message>
        <source>Fewer than 99.8 % limits explain</source>
        <translation>少于 99.8 % 界限</translation>
    </message>
    <message>
        <source>Within what chance makes</source>
        <translation>在正常波动之内</translation>
    </message>
    <message>
        <source>{n} with fewer than {least} are not shown. Nobody is ranked.</source>
        <translation>{n} 人不足 {least} 次，不显示。不作排名。</translation>
    </message>
    <message>
        <source>Brought to the services that all had. Nobody is ranked.</source>
        <translation>已按全体人员的业务构成折算。不作排名。</translation>
    </message>
    <message>
        <source>{n} days with fewer than {least} are not shown.</source>
        <translation>{n} 天不足 {least} 次，不显示。</translation>
    </message>
    <message>
        <source>No case was taken yet</source>
        <translation>尚无已受理的个案</translation>
    </message>
    <message>
        <source>Too few a day to draw a line</source>
        <translation>每天数量太少，无法成线</translation>
    </message>
    <message>
        <source>Nobody has {least} yet</source>
        <translation>尚无人达到 {least} 次</translation>
    </message>
    <message>
        <source>No reasons were given</source>
        <translation>没有填写原因</translation>
    </message>
    <message>
        <source>No step was timed</source>
        <translation>没有计时的环节</translation>
    </message>
    <message>
        <source>Finding the member</source>
        <translation>识别会员</translation>
    </message>
    <message>
        <source>Serving</source>
        <translation>办理业务</translation>
    </message>
    <message>
        <source>Customer's answer</source>
        <translation>顾客评价</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>受理</translation>
    </message>
    <message>
        <source>Manager there</source>
        <translation>经理到场</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>办结</translation>
    </message>
    <message>
        <source>Wilson's interval of a share.</source>
        <translation>比例的威尔逊区间。</translation>
    </message>
    <message>
        <source>Share brought to the mix of services that all staff had; limits by Spiegelhalter's funnel.</source>
        <translation>比例已按全体人员的业务构成折算；界限采用 Spiegelhalter 漏斗图。</translation>
    </message>
    <message>
        <source>Limits by the binomial distribution.</source>
        <translation>界限按二项分布计算。</translation>
    </message>
    <message>
        <source>Limits by the binomial distribution, widened for how much staff differ anyway.</source>
        <translation>界限按二项分布计算，并按人员间固有的差异放宽。</translation>
    </message>
    <message>
        <source>p chart: limits at three standard deviations of chance.</source>
        <translation>p 控制图：界限为随机波动的三个标准差。</translation>
    </message>
    <message>
        <source>Laney's p′ chart: limits at three standard deviations, for days that differ by more or less than chance.</source>
        <translation>Laney p′ 控制图：界限为三个标准差，并计入各天之间多于或少于随机的差异。</translation>
    </message>
    <message>
        <source>XmR chart: limits at 2.66 mean moving ranges; a point is a day's median.</source>
        <translation>XmR 控制图：界限为 2.66 倍平均移动极差；每点为当日中位数。</translation>
    </message>
    <message>
        <source>The interval assumes no distribution.</source>
        <translation>区间不假定任何分布。</translation>
    </message>
    <message>
        <source>Each visit is one opportunity to take longer than the target.</source>
        <translation>每次接待计为一次可能超过目标时间的机会。</translation>
    </message>
    <message>
        <source>Service ratings</source>
        <translation>服务评价报告</translation>
    </message>
    <message>
        <source>Page {page} of {pages}</source>
        <translation>第 {page} 页，共 {pages} 页</translation>
    </message>
    <message>
        <source>{programme} · {office} · {first} – {last}</source>
        <translation>{programme} · {office} · {first} 至 {last}</translation>
    </message>
    <message>
        <source>Days</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Services</source>
        <translation>业务</translation>
    </message>
    <message>
        <source>Staff</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>All; nobody is named</source>
        <translation>全部人员；不列姓名</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>制作</translation>
    </message>
    <message>
        <source>{time}, by {number}</source>
        <translation>{time}，制作人 {number}</translation>
    </message>
    <message>
        <source>This office's own data, as of {time}</source>
        <translation>本网点自有数据，截至 {time}</translation>
    </message>
    <message>
        <source>This office's own data without the central office, as of {time}; what other counters recorded since is missing</source>
        <translation>未连接中心，仅为本网点自有数据，截至 {time}；其他柜台此后的记录未计入</translation>
    </message>
    <message>
        <source>As the central office counted them, {time}</source>
        <translation>中心统计数据，{time}</translation>
    </message>
    <message>
        <source>{rated} of {visits} visits were rated. Of {n} ratings that count {good} are good and {low} are low.</source>
        <translation>{visits} 次接待中 {rated} 次获得评价。{n} 个有效评价中，好评占 {good}，差评占 {low}。</translation>
    </message>
    <message>
        <source>Past a limit of chance: {low} days of low ratings, {unrated} of missing ones.</source>
        <translation>超出随机界限的日子：差评 {low} 天，未评价 {unrated} 天。</translation>
    </message>
    <message>
        <source>{visits} visits; too few were rated to say anything of them.</source>
        <translation>共 {visits} 次接待；评价太少，不作结论。</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95% 置信区间</translation>
    </message>
    <message>
        <source>Of</source>
        <translation>基数</translation>
    </message>
    <message>
        <source>At a glance</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>How visits without a rating ended</source>
        <translation>未评价的接待如何结束</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>结束方式</translation>
    </message>
    <message>
        <source>Share of all visits</source>
        <translation>占全部接待</translation>
    </message>
    <message>
        <source>Day by day</source>
        <translation>逐日变化</translation>
    </message>
    <message>
        <source>Within the day</source>
        <translation>一天之内</translation>
    </message>
    <message>
        <source>Between staff, and why</source>
        <translation>人员之间与原因</translation>
    </message>
    <message>
        <source>Days past a limit of chance</source>
        <translation>超出随机界限的日子</translation>
    </message>
    <message>
        <source>{n} more, earlier</source>
        <translation>更早还有 {n} 天</translation>
    </message>
    <message>
        <source>What each figure means</source>
        <translation>各项指标的含义</translation>
    </message>
    <message>
        <source>Of fewer than {least} clerks nothing is compared on paper: each could be told by their number of customers.</source>
        <translation>不足 {least} 名人员时，纸面上不作比较：从接待人数即可认出每个人。</translation>
    </message>
    <message>
        <source>Left out: {n} ratings that don't count: repeats, keys that staff pressed, appeals upheld.</source>
        <translation>未计入：{n} 个无效评价（重复评价、由人员按键，或申诉成立）。</translation>
    </message>
    <message>
        <source>No rating was left out.</source>
        <translation>没有排除任何评价。</translation>
    </message>
    <message>
        <source>Shares of fewer than {least} customers are not shown, and clerks with fewer than {staff} are not compared.</source>
        <translation>少于 {least} 位顾客的比例不显示；少于 {staff} 位顾客的人员不作比较。</translation>
    </message>
    <message>
        <source>Visit</source>
        <translation>接待</translation>
    </message>
    <message>
        <source>An encounter that a clerk opened, on the day on which it began by the office's clock. It ends in one state: rated, declined, timed out, not asked, panel out of order, or the next customer came. A timeout is never 'satisfied'.</source>
        <translation>人员开启的一次服务，按网点时间计入开始当天。以一种状态结束：已评价、拒绝、超时、未邀请、评价器故障或下一位顾客已到。超时从不算作“满意”。</translation>
    </message>
    <message>
        <source>Rating that counts</source>
        <translation>有效评价</translation>
    </message>
    <message>
        <source>The last face of a visit. A second press within five seconds, keys that staff pressed and what a manager upheld an appeal against are kept, counted as left out, and not part of any share. Good is 4 and 5, low is 1 and 2.</source>
        <translation>一次接待的最后一次评价。五秒内的重复按键、由人员按的键，以及经理判定申诉成立的评价会保留并计为排除，不进入任何比例。4、5 分为好评，1、2 分为差评。</translation>
    </message>
    <message>
        <source>Visits that did not end rated, over all visits. It stands beside every score: whoever is judged by good ratings alone has a reason not to ask.</source>
        <translation>未以评价结束的接待占全部接待之比。它始终与评分并列：只看好评率，人员就有理由不邀请评价。</translation>
    </message>
    <message>
        <source>Low ratings whose case a manager closed as resolved, over all low ratings with a case.</source>
        <translation>经理以“已解决”结案的差评，占全部立案差评之比。</translation>
    </message>
    <message>
        <source>Wilson's interval: where the share would lie in the long run, were the days alike. Where two intervals overlap widely, the difference may be chance.</source>
        <translation>威尔逊区间：若各天情况相同，长期比例会落在其中。两个区间大幅重叠时，差异可能出于偶然。</translation>
    </message>
    <message>
        <source>Limits of a day</source>
        <translation>每日界限</translation>
    </message>
    <message>
        <source>Laney's p′ chart: three standard deviations around the centre, for as many customers as that day had, widened by how much days differ anyway. A point outside is a question to ask, not an answer.</source>
        <translation>Laney p′ 控制图：按当天顾客数，在中心线上下各三个标准差，并按各天之间固有的差异调整。界外的点是要问的问题，而不是答案。</translation>
    </message>
    <message>
        <source>Times until cases come on</source>
        <translation>处理所需时间</translation>
    </message>
    <message>
        <source>Seconds from the tap until somebody took the case, was with the customer, and closed it; median and 90 % quantile (type 7) of those where that has happened. Days are compared on an XmR chart: mean ± 2.66 mean moving ranges. Of closed cases that were passed on, for how long the front line, who coordinates departments, and who can mend the system each had them while they were open.</source>
        <translation>从点按评价起，到有人接手、到达顾客身边、结案的秒数；取已发生者的中位数与 90% 分位数（第 7 类）。各天以 XmR 图比较：均值 ± 2.66 倍平均移动极差。转交过的已结案件另列一线窗口、跨部门协调人和系统负责人各自处理的时间（仅计未结案期间）。</translation>
    </message>
    <message>
        <source>Opened to member known, opened to ended, ended to rated. Late is what took as long as the target or longer.</source>
        <translation>开始到认出会员，开始到结束，结束到评价。达到或超过目标时间即为超时。</translation>
    </message>
    <message>
        <source>Between staff</source>
        <translation>人员之间</translation>
    </message>
    <message>
        <source>Each point is a clerk, unnamed, by the number of their customers. Shares are brought to the mix of services that all had; limits are binomial, at 95 % and 99.8 %, widened for how much staff differ anyway. Within them clerks don't differ by more than chance makes.</source>
        <translation>每个点是一名人员，不具名，按接待顾客数排列。比例已按全体的业务构成校正；界限按二项分布取 95% 与 99.8%，并按人员间固有差异放宽。界限之内，人员之间的差别不超出偶然。</translation>
    </message>
    <message>
        <source>Reasons</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>What customers chose with low ratings; several are possible.</source>
        <translation>顾客给出差评时所选的原因，可多选。</translation>
    </message>
    <message>
        <source>A manager saved figures as a file</source>
        <translation>经理将指标保存为文件</translation>
    </message>
    <message>
        <source>The clerk did not ask {part} of {n} customers within {days} days to rate: {percent} %, with others of the office {usual} %. It may be a panel out of order, or who was served there: ask before you judge.</source>
        <translation>{days} 天内，该员工未邀请 {n} 位顾客中的 {part} 位评价：占 {percent}%，本网点其他人员为 {usual}%。可能是评价器故障，或与接待的顾客有关：先询问，再判断。</translation>
    </message>
    <message>
        <source>{part} of {n} questions of this clerk's customers were closed as soon as they came up, within {days} days: {percent} %, with others {usual} %. It may be a hurried window, or customers who hold their hand over the panel.</source>
        <translation>{days} 天内，该员工的顾客有 {part} 次（共 {n} 次）评价邀请刚出现就被关闭：占 {percent}%，其他人员为 {usual}%。可能是窗口繁忙，或顾客的手正放在评价器上。</translation>
    </message>
    <message>
        <source>Of {n} visits right after a low rating {part} ended without one, within {days} days: {percent} %, otherwise {usual} % of this clerk's. It may be the queue that a long conversation leaves behind.</source>
        <translation>{days} 天内，差评之后紧接着的 {n} 次接待中有 {part} 次没有评价：占 {percent}%，该员工平时为 {usual}%。可能是长谈之后排起了队。</translation>
    </message>
    <message>
        <source>{part} of {n} ratings came sooner than a customer reads the question, within {days} days: {percent} %, with others {usual} %. It may be regulars who know the keys, or somebody who presses for them.</source>
        <translation>{days} 天内，{n} 个评价中有 {part} 个比顾客读完问题还快：占 {percent}%，其他人员为 {usual}%。可能是熟悉按键的常客，也可能有人代按。</translation>
    </message>
    <message>
        <source>Served, not opened</source>
        <translation>已办未开单</translation>
    </message>
    <message>
        <source>Customers whom the queue or the host system counted beyond the visits opened here, over all whom it counted</source>
        <translation>排队系统或业务系统所计、超出此处所开接待的顾客，占其所计全部顾客之比</translation>
    </message>
    <message>
        <source>A queue's tickets or a host system's transactions beyond the visits that were opened, over all of them; each day and counter is compared with its own. Whoever is served without a visit is never asked to rate, and isn't among the unrated.</source>
        <translation>排队号或业务系统交易数超出所开接待的部分，占其总数之比；逐日、逐窗口各自比较。未开接待即办理的顾客从未被邀请评价，也不在未评价之内。</translation>
    </message>
    <message>
        <source>n = {n} served</source>
        <translation>n = {n} 人次</translation>
    </message>
    <message>
        <source>Members after a low rating</source>
        <translation>差评之后的会员</translation>
    </message>
    <message>
        <source>Came again within {days} days</source>
        <translation>{days} 天内再次光临</translation>
    </message>
    <message>
        <source>Had a reward within {days} days</source>
        <translation>{days} 天内兑换了奖励</translation>
    </message>
    <message>
        <source>Next rating was good</source>
        <translation>下一次评价为好评</translation>
    </message>
    <message>
        <source>Case resolved</source>
        <translation>已解决</translation>
    </message>
    <message>
        <source>Case not resolved</source>
        <translation>未解决</translation>
    </message>
    <message>
        <source>No low rating</source>
        <translation>没有差评</translation>
    </message>
    <message>
        <source>{part} of {n} members</source>
        <translation>{n} 名会员中 {part} 名</translation>
    </message>
    <message>
        <source>{part} of {n} who rated again</source>
        <translation>{n} 名再次评价者中 {part} 名</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>95 % interval of the share</source>
        <translation>占比的 95% 区间</translation>
    </message>
    <message>
        <source>Members' visits here of {first} – {last}, each followed for {days} days at all offices, whatever is chosen above. Nobody drew lots: what differs may have differed before.</source>
        <translation>会员 {first} 至 {last} 在本网点的接待，各跟踪 {days} 天（所有网点），与上方所选无关。分组并非随机：差别也可能早已存在。</translation>
    </message>
    <message>
        <source>Too few members with a low rating yet</source>
        <translation>给出差评的会员还太少</translation>
    </message>
    <message>
        <source>Members' first visit with a low rating, or their first visit where they gave none, and what they did from the next day on: a visit, a reward that they kept, their next rating that counts. Resolved is a case closed so within those days; of members without a low rating at most 2,000 are followed, drawn by lot. A good answer may pay in satisfaction and not in visits, so both stand here.</source>
        <translation>会员第一次给出差评的接待（没有差评者为第一次接待），以及从次日起的行为：再次光临、保留的兑换、下一次有效评价。“已解决”指在这些天内以已解决结案；没有差评的会员最多抽签跟踪 2,000 名。处理得当可能提高满意度而不增加光临，所以两者都列出。</translation>
    </message>
    <message>
        <source>My phone</source>
        <translation>我的手机</translation>
    </message>
    <message>
        <source>Low ratings on your own phone</source>
        <translation>在自己的手机上看差评</translation>
    </message>
    <message>
        <source>1. Photograph the code with your phone. It has to be in the office's network.</source>
        <translation>1. 用手机扫描二维码。手机须连接本网点的网络。</translation>
    </message>
    <message>
        <source>Or type into its browser:</source>
        <translation>或在手机浏览器中输入：</translation>
    </message>
    <message>
        <source>Also {addresses}</source>
        <translation>也可用 {addresses}</translation>
    </message>
    <message>
        <source>2. The browser warns, as it can't know this PC. Open the certificate that it shows there, and go on only if its SHA-256 fingerprint is this:</source>
        <translation>2. 浏览器不认识本机，会提示风险。请打开它显示的证书，只有 SHA-256 指纹与下面一致时才继续：</translation>
    </message>
    <message>
        <source>2. The browser must not warn. If it does, go on only if the certificate's SHA-256 fingerprint is this:</source>
        <translation>2. 浏览器不应提示风险。如有提示，只有证书的 SHA-256 指纹与下面一致时才继续：</translation>
    </message>
    <message>
        <source>3. Sign in with your number and PIN. The page rings while it is open, also while the central server can't be reached; what you touch there counts as done at this desk.</source>
        <translation>3. 用工号和密码登录。页面打开时会响铃，连不上中央服务器时也一样；在手机上的操作视同在本台完成。</translation>
    </message>
    <message>
        <source>No page for phones is served here</source>
        <translation>本机没有提供手机页面</translation>
    </message>
    <message>
        <source>This PC has no network, or the page is switched off in lan.ini. It shows here as soon as it is served.</source>
        <translation>本机没有网络，或手机页面已在 lan.ini 中关闭。一旦可用，会立即显示在这里。</translation>
    </message>
    <message>
        <source>Presses outside a question</source>
        <translation>未邀请评价时的按键</translation>
    </message>
    <message>
        <source>A key of the customer's keypad is pressed without a pause: it sticks, or something lies on it. It rates nobody; free it, or take the keypad off until it is exchanged.</source>
        <translation>顾客按键盘有键一直按着：键卡住了，或有东西压着。它不计入任何评价；请松开按键，或先拔下按键盘再更换。</translation>
    </message>
    <message>
        <source>The customer's panel is touched without a pause: something leans on it, or the glass is worn. Clean it and look at it from the customer's side.</source>
        <translation>顾客屏一直被触碰：有东西靠着，或屏幕已老化。请清洁，并到顾客一侧查看。</translation>
    </message>
    <message>
        <source>Customers of this clerk pressed while no question was open {part} times in {n} visits within {days} days: {percent} %, with others {usual} %. It may be a child, or a window where people wait; it may be somebody who wants to say something and isn't asked.</source>
        <translation>{days} 天内，在该人员的 {n} 次接待中，顾客有 {part} 次在未邀请评价时按键：占 {percent}%，其他人员为 {usual}%。可能是孩子，或窗口前有人等候；也可能有人想评价却没有被邀请。</translation>
    </message>
    <message>
        <source>Pressed outside a question: {times} times, {presses} presses, on panels and keypads. They rate nobody.</source>
        <translation>未邀请评价时的按键：{times} 次，共按 {presses} 下（顾客屏和按键盘），不计入任何评价。</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>倾听</translation>
    </message>
    <message>
        <source>Customers of the week of {day}</source>
        <translation>{day} 那一周的顾客</translation>
    </message>
    <message>
        <source>Customers of the week of {day}: the new list hasn't come yet</source>
        <translation>{day} 那一周的顾客：新名单尚未收到</translation>
    </message>
    <message>
        <source>No list has come yet</source>
        <translation>尚未收到名单</translation>
    </message>
    <message>
        <source>The central office draws it each Monday, across all kinds of customers: nobody chooses.</source>
        <translation>总部每周一从各类顾客中抽取，无人可以挑选。</translation>
    </message>
    <message>
        <source>Choose a customer or an action on the left</source>
        <translation>请在左侧选择顾客或措施</translation>
    </message>
    <message>
        <source>Was dissatisfied the last time</source>
        <translation>上次不满意</translation>
    </message>
    <message>
        <source>Was content the last time</source>
        <translation>上次满意</translation>
    </message>
    <message>
        <source>Rated lately</source>
        <translation>近期评价过</translation>
    </message>
    <message>
        <source>Comes and never rates</source>
        <translation>常来但从不评价</translation>
    </message>
    <message>
        <source>A regular</source>
        <translation>常客</translation>
    </message>
    <message>
        <source>Hasn't come for a long time</source>
        <translation>很久没来了</translation>
    </message>
    <message>
        <source>Not on this PC</source>
        <translation>本机没有此人资料</translation>
    </message>
    <message>
        <source>Drawn as: {stratum}</source>
        <translation>抽取类别：{stratum}</translation>
    </message>
    <message>
        <source>Show the number</source>
        <translation>显示号码</translation>
    </message>
    <message>
        <source>Whoever is shown a number is written down.</source>
        <translation>查看号码会留下记录。</translation>
    </message>
    <message>
        <source>Not called yet</source>
        <translation>尚未联系</translation>
    </message>
    <message>
        <source>Reached</source>
        <translation>已通话</translation>
    </message>
    <message>
        <source>What about</source>
        <translation>关于什么</translation>
    </message>
    <message>
        <source>What you heard, in the customer's words</source>
        <translation>您听到了什么（尽量用顾客原话）</translation>
    </message>
    <message>
        <source>Who reads it</source>
        <translation>谁可以看</translation>
    </message>
    <message>
        <source>You alone</source>
        <translation>仅自己</translation>
    </message>
    <message>
        <source>This office's managers, too</source>
        <translation>本营业厅经理也可看</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Saved {time}</source>
        <translation>{time} 已保存</translation>
    </message>
    <message>
        <source>Have something done</source>
        <translation>安排措施</translation>
    </message>
    <message>
        <source>Back to what you heard</source>
        <translation>返回倾听记录</translation>
    </message>
    <message>
        <source>What is to be done</source>
        <translation>要做什么</translation>
    </message>
    <message>
        <source>Who does it</source>
        <translation>由谁来做</translation>
    </message>
    <message>
        <source>When somebody looks</source>
        <translation>何时检查</translation>
    </message>
    <message>
        <source>Days from today, such as 14, or a date</source>
        <translation>从今天起的天数，如 14，或日期</translation>
    </message>
    <message>
        <source>On {day}</source>
        <translation>{day}</translation>
    </message>
    <message>
        <source>Note the action</source>
        <translation>记下措施</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>措施</translation>
    </message>
    <message>
        <source>No action yet</source>
        <translation>还没有措施</translation>
    </message>
    <message>
        <source>What you hear becomes one: choose a customer, then Ctrl+N.</source>
        <translation>听到的意见可以变成措施：选择顾客，再按 Ctrl+N。</translation>
    </message>
    <message>
        <source>{owner} does it; asked for by {name}</source>
        <translation>由{owner}负责；{name}提出</translation>
    </message>
    <message>
        <source>Somebody looks on {day}</source>
        <translation>{day} 检查</translation>
    </message>
    <message>
        <source>Look today</source>
        <translation>今天检查</translation>
    </message>
    <message>
        <source>Look on {day}</source>
        <translation>{day} 检查</translation>
    </message>
    <message>
        <source>Done, and it helped</source>
        <translation>已做，有效</translation>
    </message>
    <message>
        <source>Done, and it didn't help</source>
        <translation>已做，无效</translation>
    </message>
    <message>
        <source>Not done</source>
        <translation>没有做</translation>
    </message>
    <message>
        <source>Why it wasn't done</source>
        <translation>为什么没有做</translation>
    </message>
    <message>
        <source>What you found</source>
        <translation>检查结果</translation>
    </message>
    <message>
        <source>When somebody looks again</source>
        <translation>何时再检查</translation>
    </message>
    <message>
        <source>not done: {reason}</source>
        <translation>没有做：{reason}</translation>
    </message>
    <message>
        <source>looks again on {day}</source>
        <translation>改为 {day} 再检查</translation>
    </message>
    <message>
        <source>{owner} does it</source>
        <translation>由{owner}负责</translation>
    </message>
    <message>
        <source>Save the result</source>
        <translation>保存结果</translation>
    </message>
    <message>
        <source>This office's managers</source>
        <translation>本营业厅经理</translation>
    </message>
    <message>
        <source>nobody was drawn</source>
        <translation>没有抽到顾客</translation>
    </message>
    <message>
        <source>{n} of {drawn}</source>
        <translation>{n}/{drawn}</translation>
    </message>
    <message>
        <source>Heard about</source>
        <translation>听到的话题</translation>
    </message>
    <message>
        <source>Nothing is written down yet</source>
        <translation>还没有记录</translation>
    </message>
    <message>
        <source>{topic} {n}</source>
        <translation>{topic} {n}</translation>
    </message>
    <message>
        <source>Shared</source>
        <translation>已分享</translation>
    </message>
    <message>
        <source>To look at: {what}</source>
        <translation>该检查了：{what}</translation>
    </message>
    <message>
        <source>To look at: {what} · {n} more</source>
        <translation>该检查了：{what} · 另有 {n} 项</translation>
    </message>
    <message>
        <source>{owner} does it; somebody was to look on {day}</source>
        <translation>由{owner}负责；应在 {day} 检查</translation>
    </message>
    <message>
        <source>To be looked at on {time}</source>
        <translation>应在 {time} 检查</translation>
    </message>
    <message>
        <source>Something was said of a conversation</source>
        <translation>倾听记录</translation>
    </message>
    <message>
        <source>A manager was shown a customer's number</source>
        <translation>经理查看了顾客号码</translation>
    </message>
    <message>
        <source>A manager has something done</source>
        <translation>经理安排了措施</translation>
    </message>
    <message>
        <source>Something was said of an action</source>
        <translation>措施的记录</translation>
    </message>
    <message>
        <source>The server drew no such customer.</source>
        <translation>服务器没有抽取过这位顾客。</translation>
    </message>
    <message>
        <source>The customer is on another manager's list.</source>
        <translation>这位顾客在另一位经理的名单上。</translation>
    </message>
    <message>
        <source>The server doesn't know the action.</source>
        <translation>服务器没有这项措施。</translation>
    </message>
    <message>
        <source>The action had been noted before.</source>
        <translation>这项措施此前已记下。</translation>
    </message>
    <message>
        <source>Who was to do it isn't of this office's staff.</source>
        <translation>负责人不是本营业厅的员工。</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>未接听</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>不愿交谈</translation>
    </message>
    <message>
        <source>It helped</source>
        <translation>有效</translation>
    </message>
    <message>
        <source>No effect</source>
        <translation>无效</translation>
    </message>
    <message>
        <source>{n} of {drawn} written down</source>
        <translation>已记录 {n}/{drawn}</translation>
    </message>
    <message>
        <source>{n} reached</source>
        <translation>通话 {n} 位</translation>
    </message>
    <message>
        <source>Actions: {open} open, {effective} helped, {no_effect} no effect</source>
        <translation>措施：进行中 {open}，有效 {effective}，无效 {no_effect}</translation>
    </message>
    <message>
        <source>With front line</source>
        <translation>一线窗口处理</translation>
    </message>
    <message>
        <source>With coordinator</source>
        <translation>跨部门协调处理</translation>
    </message>
    <message>
        <source>With system owner</source>
        <translation>系统负责人处理</translation>
    </message>
    <message>
        <source>{part} of {n} closed cases</source>
        <translation>{n} 件已结案件中的 {part} 件</translation>
    </message>
    <message>
        <source>Panel ratings</source>
        <translation>评价屏评价</translation>
    </message>
    <message>
        <source>Own-phone ratings</source>
        <translation>顾客手机评价</translation>
    </message>
    <message>
        <source>Panel and phone ratings</source>
        <translation>评价屏与手机评价</translation>
    </message>
    <message>
        <source>Which ratings</source>
        <translation>评价来源</translation>
    </message>
    <message>
        <source>Ratings are those on customers' own phones, who chose to take them out. Hours, reasons, steps and missing ratings are the panel's.</source>
        <translation>此处为顾客自愿用自己手机作出的评价；时段、原因、环节和未评价仍按评价屏计。</translation>
    </message>
    <message>
        <source>Ratings at the panel and on customers' own phones together. Hours, reasons, steps and the unrated share are the panel's.</source>
        <translation>此处合计评价屏和顾客手机上的评价；时段、原因、环节和未评价占比仍按评价屏计。</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>As the central office knows them, {time}</source>
        <translation>中心所知，{time}</translation>
    </message>
    <message>
        <source>Only the central office knows how the devices are.</source>
        <translation>设备状况只有中心知道。</translation>
    </message>
    <message>
        <source>No devices</source>
        <translation>没有设备</translation>
    </message>
    <message>
        <source>Choose a device</source>
        <translation>请选择一台设备</translation>
    </message>
    <message>
        <source>{n} more aren't shown</source>
        <translation>另有 {n} 台未列出</translation>
    </message>
    <message>
        <source>What is wrong comes first</source>
        <translation>有问题的在前</translation>
    </message>
    <message>
        <source>By office and counter</source>
        <translation>按网点和窗口</translation>
    </message>
    <message>
        <source>Unheard of for longest first</source>
        <translation>失联最久的在前</translation>
    </message>
    <message>
        <source>Longest waiting work first</source>
        <translation>积压最久的在前</translation>
    </message>
    <message>
        <source>By version</source>
        <translation>按版本</translation>
    </message>
    <message>
        <source>{place}, a counter</source>
        <translation>{place}，柜台</translation>
    </message>
    <message>
        <source>{place}, a manager's desk</source>
        <translation>{place}，值班台</translation>
    </message>
    <message>
        <source>Its work doesn't arrive</source>
        <translation>业务传不上来</translation>
    </message>
    <message>
        <source>Not heard of for a day</source>
        <translation>一天没有联系</translation>
    </message>
    <message>
        <source>Its own check found an error</source>
        <translation>自检发现错误</translation>
    </message>
    <message>
        <source>Its disk is nearly full</source>
        <translation>磁盘快满了</translation>
    </message>
    <message>
        <source>Its clock is wrong</source>
        <translation>时钟不准</translation>
    </message>
    <message>
        <source>Nothing is wrong</source>
        <translation>没有问题</translation>
    </message>
    <message>
        <source>Version {version}</source>
        <translation>版本 {version}</translation>
    </message>
    <message>
        <source>Version {version} on {system}</source>
        <translation>版本 {version}，{system}</translation>
    </message>
    <message>
        <source>It hasn't said how it is: its program is older, or it hasn't called.</source>
        <translation>它没有报告状况：程序较旧，或尚未联系。</translation>
    </message>
    <message>
        <source>{n} entries wait there, the oldest for {age}</source>
        <translation>那里积压 {n} 条，最久的已等 {age}</translation>
    </message>
    <message>
        <source>Nothing waits there</source>
        <translation>那里没有积压</translation>
    </message>
    <message>
        <source>{gb} GB free</source>
        <translation>剩余 {gb} GB</translation>
    </message>
    <message>
        <source>Its clock differs by {s} s</source>
        <translation>时钟相差 {s} 秒</translation>
    </message>
    <message>
        <source>Its own check found nothing wrong, {age} ago</source>
        <translation>{age}前自检，未发现问题</translation>
    </message>
    <message>
        <source>Its own check found, {age} ago: {codes}</source>
        <translation>{age}前自检发现：{codes}</translation>
    </message>
    <message>
        <source>Why it is shut out or given up</source>
        <translation>停用或放弃的原因</translation>
    </message>
    <message>
        <source>Shut it out</source>
        <translation>停用这台设备</translation>
    </message>
    <message>
        <source>Give back what it holds</source>
        <translation>退还它占用的积分</translation>
    </message>
    <message>
        <source>Yes, shut {place} out</source>
        <translation>确定停用 {place}</translation>
    </message>
    <message>
        <source>Yes, give {points} points back</source>
        <translation>确定退还 {points} 分</translation>
    </message>
    <message>
        <source>A PC that is shut out deletes its keys when it calls next; its records aren't lost. Give back only what is lost for good: the programme bears what was spent. Who and why is kept.</source>
        <translation>停用后，电脑下次联系时删除密钥，已记录的业务不会丢失。电脑确实找不回来时，才退还它占用的会员积分：它可能已兑出的部分由公司承担。由谁决定、为什么，都会留存。</translation>
    </message>
    <message>
        <source>Shut out; it hears of it at its next contact.</source>
        <translation>已停用；它下次联系时得知。</translation>
    </message>
    <message>
        <source>{points} points of {n} members are theirs again.</source>
        <translation>{n} 位会员的 {points} 分已退还。</translation>
    </message>
</context>
</TS>
