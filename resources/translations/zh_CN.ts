<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>Counter</name>
        <message>
            <source>Empty the box</source>
            <translation>清空</translation>
        </message>
        <message>
            <source>Input method · F11</source>
            <translation>输入法 · F11</translation>
        </message>
        <message>
            <source>Nobody found</source>
            <translation>没有找到</translation>
        </message>
        <message>
            <source>Keep typing</source>
            <translation>请继续输入</translation>
        </message>
        <message>
            <source>Numbers are found from their last four digits on.</source>
            <translation>手机号、卡号从后四位起即可查到。</translation>
        </message>
        <message>
            <source>Try phone, card or name; or join with F5.</source>
            <translation>换手机号、卡号或姓名试试；或按 F5 入会。</translation>
        </message>
        <message>
            <source>Nobody on this PC</source>
            <translation>本机没有此会员</translation>
        </message>
        <message>
            <source>Asking the server …</source>
            <translation>正在向服务器查找……</translation>
        </message>
        <message>
            <source>The server can't be reached, so only the members on this PC were searched.</source>
            <translation>连不上服务器，只查了本机上的会员。</translation>
        </message>
        <message>
            <source>Too many answer</source>
            <translation>符合的会员太多</translation>
        </message>
        <message>
            <source>Type the whole card number.</source>
            <translation>请输入完整卡号。</translation>
        </message>
        <message>
            <source>The server didn't look it up now. Try again in a minute.</source>
            <translation>服务器暂不受理查找，请一分钟后再试。</translation>
        </message>
        <message>
            <source>Shift+F12 finishes without asking the customer</source>
            <translation>Shift+F12：不请顾客评价，直接结束</translation>
        </message>
        <message>
            <source>Reward number, then Enter</source>
            <translation>输入奖品编号，回车</translation>
        </message>
        <message>
            <source>The customer decides</source>
            <translation>等待顾客确认</translation>
        </message>
        <message>
            <source>Enter undoes, Esc goes back</source>
            <translation>回车撤销，Esc 返回</translation>
        </message>
        <message>
            <source>Reading …</source>
            <translation>正在读取…</translation>
        </message>
        <message>
            <source>Scan, or type phone, card or name</source>
            <translation>扫描，或输入手机号、卡号、姓名</translation>
        </message>
        <message>
            <source>Undo: {what}, {points}</source>
            <translation>撤销：{what}，{points}</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>Earn</source>
            <translation>累积</translation>
        </message>
        <message>
            <source>Ready for the next customer</source>
            <translation>可以接待下一位顾客</translation>
        </message>
        <message>
            <source>Nothing done for this customer yet</source>
            <translation>尚未为这位顾客办理业务</translation>
        </message>
        <message>
            <source>What you do here appears in this list.</source>
            <translation>办理的内容会逐条列在这里。</translation>
        </message>
        <message>
            <source>The members are on their way</source>
            <translation>会员资料正在下载</translation>
        </message>
        <message>
            <source>Cards and passes can be taken already.</source>
            <translation>现在已可扫描会员卡和登机牌。</translation>
        </message>
        <message>
            <source>Which one is it?</source>
            <translation>是哪一位？</translation>
        </message>
        <message>
            <source>↑ and ↓ choose, Enter takes the marked one.</source>
            <translation>用 ↑ ↓ 选择，回车确定。</translation>
        </message>
        <message>
            <source>Served without a member</source>
            <translation>非会员接待</translation>
        </message>
        <message>
            <source>Scan or search to add one.</source>
            <translation>扫描或查找即可加入会员。</translation>
        </message>
        <message>
            <source>{n} still waiting, kept on this PC</source>
            <translation>还有 {n} 项待发送，已保存在本机</translation>
        </message>
        <message>
            <source>The shift is closed</source>
            <translation>已交班</translation>
        </message>
        <message>
            <source>Document seen. F3 takes it back.</source>
            <translation>已核对证件。再按 F3 取消。</translation>
        </message>
        <message>
            <source>Type the number, then Enter. F3: document seen.</source>
            <translation>输入编号，回车。F3：已核对证件。</translation>
        </message>
        <message>
            <source>Rewards</source>
            <translation>奖品</translation>
        </message>
        <message>
            <source>The customer's yes</source>
            <translation>顾客确认</translation>
        </message>
        <message>
            <source>Finish without asking</source>
            <translation>不请评价，直接结束</translation>
        </message>
        <message>
            <source>Type the digit of the reason; it is counted.</source>
            <translation>按数字选择原因；会计入统计。</translation>
        </message>
        <message>
            <source>Member</source>
            <translation>会员</translation>
        </message>
        <message>
            <source>Join a member</source>
            <translation>办理入会</translation>
        </message>
        <message>
            <source>Change the phone</source>
            <translation>更改手机号</translation>
        </message>
        <message>
            <source>Replace the card</source>
            <translation>换卡</translation>
        </message>
        <message>
            <source>Complaint or question</source>
            <translation>投诉或咨询</translation>
        </message>
        <message>
            <source>Type the topic's digit.</source>
            <translation>按数字选择事项。</translation>
        </message>
        <message>
            <source>Hand over or close</source>
            <translation>交接与交班</translation>
        </message>
        <message>
            <source>Hand over to a colleague</source>
            <translation>换同事接班</translation>
        </message>
        <message>
            <source>Close the shift</source>
            <translation>交班</translation>
        </message>
        <message>
            <source>Waiting to be sent</source>
            <translation>等待发送</translation>
        </message>
        <message>
            <source>Saved on this PC. It goes by itself; nothing is lost.</source>
            <translation>已保存在本机，会自动发送，不会丢失。</translation>
        </message>
        <message>
            <source>Answered by: {department}</source>
            <translation>答复部门：{department}</translation>
        </message>
        <message>
            <source>The customer stays open</source>
            <translation>当前顾客保留</translation>
        </message>
        <message>
            <source>With PIN</source>
            <translation>需要密码</translation>
        </message>
        <message>
            <source>Sign out</source>
            <translation>退出登录</translation>
        </message>
        <message>
            <source>The shift stays open</source>
            <translation>当班继续</translation>
        </message>
        <message>
            <source>Serve without a member</source>
            <translation>非会员接待</translation>
        </message>
        <message>
            <source>{points} points, {left} left after that</source>
            <translation>{points} 积分，兑换后剩余 {left}</translation>
        </message>
        <message>
            <source>Being booked …</source>
            <translation>正在办理…</translation>
        </message>
        <message>
            <source>The customer is being asked on the panel.</source>
            <translation>正在顾客屏上请顾客确认。</translation>
        </message>
        <message>
            <source>No panel here: ask aloud. The slip comes out in two parts, and the customer signs both; one stays here.</source>
            <translation>没有顾客屏：请口头征得顾客同意。单据分两联打印，请顾客都签字，一联由本柜台留存。</translation>
        </message>
        <message>
            <source>The customer agrees</source>
            <translation>顾客同意</translation>
        </message>
        <message>
            <source>No panel here: the customer signs for it on paper.</source>
            <translation>没有顾客屏：请顾客在纸上签字确认。</translation>
        </message>
        <message>
            <source>Signed</source>
            <translation>已签字</translation>
        </message>
        <message>
            <source>Everything has been sent</source>
            <translation>已全部发送</translation>
        </message>
        <message>
            <source>The central office has all of this counter's work.</source>
            <translation>中心已收到本柜台的全部业务。</translation>
        </message>
        <message>
            <source>No rewards have been set up yet</source>
            <translation>尚未设置奖品</translation>
        </message>
        <message>
            <source>Earn {points} points for the amount paid</source>
            <translation>按消费金额累积 {points} 积分</translation>
        </message>
        <message>
            <source>Claim {points} points for {flight}</source>
            <translation>补登 {points} 积分，{flight}</translation>
        </message>
        <message>
            <source>Earn {points} points, {flight}</source>
            <translation>累积 {points} 积分，{flight}</translation>
        </message>
        <message>
            <source>{n} more after this</source>
            <translation>之后还有 {n} 项</translation>
        </message>
        <message>
            <source>{clerk} · shift since {time}</source>
            <translation>{clerk} · {time} 接班</translation>
        </message>
        <message>
            <source>Back</source>
            <translation>返回</translation>
        </message>
        <message>
            <source>Claim a past flight</source>
            <translation>补登航班</translation>
        </message>
        <message>
            <source>Amount paid in {currency}, then Enter</source>
            <translation>输入 {currency} 消费金额，然后回车</translation>
        </message>
        <message>
            <source>Scan the pass or card, or type the last digits of the phone.
Enter takes what is proposed, F12 finishes and asks the customer.</source>
            <translation>扫描登机牌或会员卡，或输入手机尾号。
回车确认提示，F12 结束并请顾客评价。</translation>
        </message>
        <message>
            <source>Ctrl+F1 中文 / English · F10 small bar · F11 input method</source>
            <translation>Ctrl+F1 中文 / English · F10 收为小条 · F11 输入法</translation>
        </message>
        <message>
            <source>{reward}, {points} points</source>
            <translation>{reward}，{points} 分</translation>
        </message>
        <message>
            <source>Ask again</source>
            <translation>再问一次</translation>
        </message>
        <message>
            <source>Customers {n}</source>
            <translation>接待 {n}</translation>
        </message>
        <message>
            <source>earned {n}</source>
            <translation>累积 {n}</translation>
        </message>
        <message>
            <source>rewards {n}</source>
            <translation>兑换 {n}</translation>
        </message>
        <message>
            <source>matters {n}</source>
            <translation>受理 {n}</translation>
        </message>
        <message>
            <source>joined {n}</source>
            <translation>入会 {n}</translation>
        </message>
        <message>
            <source>updated {n}</source>
            <translation>改资料 {n}</translation>
        </message>
        <message>
            <source>Saved on this PC, but for what is damaged. It goes by itself.</source>
            <translation>除已损坏的以外，都已保存在本机，会自动发送。</translation>
        </message>
        <message>
            <source>The oldest {n} of them:</source>
            <translation>以下为最早的 {n} 项：</translation>
        </message>
        <message>
            <source>and {money} to be paid</source>
            <translation>另付 {money}</translation>
        </message>
        <message>
            <source>Hand over</source>
            <translation>交付</translation>
        </message>
        <message>
            <source>Hand over: {reward}</source>
            <translation>交付：{reward}</translation>
        </message>
        <message>
            <source>a reward that isn't offered any more</source>
            <translation>已下架的奖品</translation>
        </message>
        <message>
            <source>Voucher {code}, valid through {day}</source>
            <translation>券号 {code}，有效期至 {day}</translation>
        </message>
        <message>
            <source>Only this office takes it</source>
            <translation>仅限本营业点使用</translation>
        </message>
        <message>
            <source>Any office takes it; the central office is asked first</source>
            <translation>任一营业点均可使用；先向中心核实</translation>
        </message>
        <message>
            <source>Any office takes it. Without the network nobody knows whether it was used today</source>
            <translation>任一营业点均可使用。断网时无法得知今天是否已在别处用过</translation>
        </message>
        <message>
            <source>Receipts</source>
            <translation>小票</translation>
        </message>
        <message>
            <source>A digit prints it, X takes off what nobody wants.</source>
            <translation>按数字打印，按 X 清除不再需要的。</translation>
        </message>
        <message>
            <source>A digit prints it again, marked as a copy.</source>
            <translation>按数字补打，标注“副本”。</translation>
        </message>
        <message>
            <source>A digit prints, Esc goes back</source>
            <translation>按数字打印，Esc 返回</translation>
        </message>
        <message>
            <source>Voucher for any office</source>
            <translation>凭证可在任一营业点使用</translation>
        </message>
        <message>
            <source>Voucher for this office alone</source>
            <translation>凭证仅限本营业点使用</translation>
        </message>
        <message>
            <source>Give back</source>
            <translation>退回</translation>
        </message>
        <message>
            <source>A digit, or scan the reward's voucher</source>
            <translation>按数字选择，或扫描奖品凭证</translation>
        </message>
        <message>
            <source>Points that come back, then Enter</source>
            <translation>输入退回的积分数，按 Enter</translation>
        </message>
        <message>
            <source>The reason's digit</source>
            <translation>按原因的数字</translation>
        </message>
        <message>
            <source>Enter gives back, Esc goes back</source>
            <translation>Enter 退回，Esc 返回</translation>
        </message>
        <message>
            <source>Give a reward back</source>
            <translation>退回奖品</translation>
        </message>
        <message>
            <source>Given at this counter. Of others scan the voucher.</source>
            <translation>以下为本柜台发出的奖品。其他柜台发出的请扫描凭证。</translation>
        </message>
        <message>
            <source>How much of it comes back</source>
            <translation>退回多少</translation>
        </message>
        <message>
            <source>Why it comes back</source>
            <translation>退回原因</translation>
        </message>
        <message>
            <source>What comes back is foreseen; the central office decides.</source>
            <translation>返还积分为预计，以中心入账为准。</translation>
        </message>
        <message>
            <source>Nothing was given here lately</source>
            <translation>本柜台近期没有为该会员发出奖品</translation>
        </message>
        <message>
            <source>Scan the voucher of the reward that comes back.</source>
            <translation>请扫描要退回的奖品凭证。</translation>
        </message>
        <message>
            <source>Needs a member</source>
            <translation>需先找到会员</translation>
        </message>
        <message>
            <source>A manager has to agree</source>
            <translation>须经理同意</translation>
        </message>
        <message>
            <source>Or call a manager, read this out and type the code they say.</source>
            <translation>也可致电经理，报出下列内容，再输入经理给出的验证码。</translation>
        </message>
        <message>
            <source>Call a manager, read this out and type the code they say.</source>
            <translation>请致电经理，报出下列内容，再输入经理给出的验证码。</translation>
        </message>
        <message>
            <source>{counter} · {challenge} · {points} points</source>
            <translation>{counter} · {challenge} · {points} 分</translation>
        </message>
        <message>
            <source>No manager's desk is in reach over the office's network.</source>
            <translation>本营业点网络中找不到经理台。</translation>
        </message>
        <message>
            <source>It is shown at the manager's desk.</source>
            <translation>已在经理台显示。</translation>
        </message>
        <message>
            <source>A letter, or Esc goes back</source>
            <translation>按字母选择，Esc 返回</translation>
        </message>
        <message>
            <source>Statement of points</source>
            <translation>积分对账单</translation>
        </message>
        <message>
            <source>My own weeks</source>
            <translation>我的各周</translation>
        </message>
        <message>
            <source>Ratings, with the visits that had none</source>
            <translation>评价，以及未评价的接待</translation>
        </message>
        <message>
            <source>No week of yours yet</source>
            <translation>还没有您的周数据</translation>
        </message>
        <message>
            <source>Esc goes back</source>
            <translation>Esc 返回</translation>
        </message>
    </context>
    <context>
        <name>Departments</name>
        <message>
            <source>{department} ({owner})</source>
            <translation>{department}（{owner}）</translation>
        </message>
        <message>
            <source>Baggage services</source>
            <translation>行李服务部</translation>
        </message>
        <message>
            <source>Operations</source>
            <translation>运行部</translation>
        </message>
        <message>
            <source>Ticket accounts</source>
            <translation>结算部</translation>
        </message>
        <message>
            <source>Member services</source>
            <translation>会员服务部</translation>
        </message>
        <message>
            <source>Customer relations</source>
            <translation>客户关系部</translation>
        </message>
    </context>
    <context>
        <name>Enrolment</name>
        <message>
            <source>This PC sets itself up. A code from the administrator works, too.</source>
            <translation>本机会自动完成设置；也可使用管理员给的注册码。</translation>
        </message>
        <message>
            <source>Guichet</source>
            <translation>Guichet</translation>
        </message>
        <message>
            <source>Set up this PC</source>
            <translation>设置本机</translation>
        </message>
        <message>
            <source>Scan the code from the administrator, or type it. It is good for 15 minutes.</source>
            <translation>扫描管理员给的注册码，或手工输入。15 分钟内有效。</translation>
        </message>
        <message>
            <source>Address of the central server</source>
            <translation>中心服务器地址</translation>
        </message>
        <message>
            <source>Code</source>
            <translation>注册码</translation>
        </message>
        <message>
            <source>Setting up …</source>
            <translation>正在设置…</translation>
        </message>
        <message>
            <source>Set up</source>
            <translation>开始设置</translation>
        </message>
    </context>
    <context>
        <name>Errors</name>
        <message>
            <source>The time in which this PC could set itself up is over. Ask the administrator for a code.</source>
            <translation>本机自动设置的期限已过，请向管理员索取注册码。</translation>
        </message>
        <message>
            <source>As many PCs as were arranged have set themselves up. Ask the administrator for a code.</source>
            <translation>安排自动设置的电脑数量已满，请向管理员索取注册码。</translation>
        </message>
        <message>
            <source>PCs may no longer set themselves up in this way. Ask the administrator for a code.</source>
            <translation>管理员已停止这种自动设置，请向管理员索取注册码。</translation>
        </message>
        <message>
            <source>This PC was arranged to be set up in another office. Ask the administrator for a code.</source>
            <translation>本机的自动设置是为其他营业点安排的，请向管理员索取注册码。</translation>
        </message>
        <message>
            <source>This PC was shut out before. Only a new code from the administrator lets it in.</source>
            <translation>本机曾被停用，只有管理员的新注册码才能让它重新加入。</translation>
        </message>
        <message>
            <source>The administrator's settings for this PC can't be used, so it doesn't start. Call the administrator and read this out: {what}</source>
            <translation>管理员为本机所作的设置无法使用，因此不能启动。请致电管理员，并读出：{what}</translation>
        </message>
        <message>
            <source>Somebody else began to serve this customer.</source>
            <translation>这位顾客最初由他人接待。</translation>
        </message>
        <message>
            <source>This customer gave no rating.</source>
            <translation>这位顾客没有评价。</translation>
        </message>
        <message>
            <source>You have appealed this rating before.</source>
            <translation>此前已对这条评价提出申诉。</translation>
        </message>
        <message>
            <source>Somebody has decided about this appeal already.</source>
            <translation>这条申诉已有人处理。</translation>
        </message>
        <message>
            <source>It is about a visit that you served, so another manager decides.</source>
            <translation>这是您本人接待的，请由其他经理处理。</translation>
        </message>
        <message>
            <source>The server finds whole card and phone numbers, or a name with 4 last digits.</source>
            <translation>服务器只按完整卡号、完整手机号，或姓名加手机号后四位查找。</translation>
        </message>
        <message>
            <source>Number or PIN is wrong. Tries left: {tries_left}</source>
            <translation>工号或密码不对，还可以试 {tries_left} 次。</translation>
        </message>
        <message>
            <source>Too many wrong tries. Wait {wait_s} s, then try again.</source>
            <translation>错误次数太多，请等 {wait_s} 秒再试。</translation>
        </message>
        <message>
            <source>This person may no longer sign in. Ask the duty manager.</source>
            <translation>该员工已不能登录，请找值班经理。</translation>
        </message>
        <message>
            <source>This number belongs to another office. Ask the duty manager.</source>
            <translation>该工号属于其他营业点，请找值班经理。</translation>
        </message>
        <message>
            <source>This number may not work at this place.</source>
            <translation>该工号不能在此岗位工作。</translation>
        </message>
        <message>
            <source>The staff list hasn't arrived on this PC yet. It comes by itself with the network.</source>
            <translation>员工名单尚未下载到本机，联网后会自动下载。</translation>
        </message>
        <message>
            <source>This badge isn't known here. Sign in with number and PIN.</source>
            <translation>不认识这张工牌，请用工号和密码登录。</translation>
        </message>
        <message>
            <source>Nobody is signed in. Sign in first.</source>
            <translation>尚未登录，请先登录。</translation>
        </message>
        <message>
            <source>This PC isn't set up yet.</source>
            <translation>本机尚未设置。</translation>
        </message>
        <message>
            <source>No shift is open.</source>
            <translation>尚未接班。</translation>
        </message>
        <message>
            <source>A customer is still being served. Finish with F12 first.</source>
            <translation>还有顾客未结束，请先按 F12 结束。</translation>
        </message>
        <message>
            <source>That customer has been finished. Scan or search the next one.</source>
            <translation>这位顾客已结束，请扫描或查找下一位。</translation>
        </message>
        <message>
            <source>That customer's visit isn't on this PC.</source>
            <translation>本机没有这位顾客的接待记录。</translation>
        </message>
        <message>
            <source>This member isn't on this PC. Search again, or join the member with F5.</source>
            <translation>本机没有这位会员，请重新查找，或按 F5 入会。</translation>
        </message>
        <message>
            <source>This is your own membership, or one that gives you a share. A colleague must serve it.</source>
            <translation>这是您本人的会员账户，或其积分有一部分归您，须由同事办理。</translation>
        </message>
        <message>
            <source>This membership is closed.</source>
            <translation>该会员已退会。</translation>
        </message>
        <message>
            <source>Another member is being served. Finish with F12, then scan again.</source>
            <translation>正在接待另一位会员，请先按 F12 结束再扫描。</translation>
        </message>
        <message>
            <source>Find the member first: scan, or type phone, card or name.</source>
            <translation>请先找到会员：扫描，或输入手机号、卡号、姓名。</translation>
        </message>
        <message>
            <source>This card belongs to another member. Take a new card.</source>
            <translation>这张卡已属于其他会员，请换一张新卡。</translation>
        </message>
        <message>
            <source>This isn't a complete card number. Scan the card, or type all its digits.</source>
            <translation>卡号不完整，请扫描会员卡或输入全部数字。</translation>
        </message>
        <message>
            <source>This isn't a complete phone number. Type all its digits.</source>
            <translation>手机号不完整，请输入全部数字。</translation>
        </message>
        <message>
            <source>The name is missing, too long, or has signs that no name has.</source>
            <translation>姓名未填、太长，或含有姓名不该有的符号。</translation>
        </message>
        <message>
            <source>This flight has earned its points already.</source>
            <translation>该航班的积分已经累积过。</translation>
        </message>
        <message>
            <source>This member has been credited for this flight already, by pass or by typing.</source>
            <translation>该会员的这一航班已累积过积分（扫描登机牌或手工补登）。</translation>
        </message>
        <message>
            <source>Nothing can be earned with this.</source>
            <translation>这一项没有可累积的积分。</translation>
        </message>
        <message>
            <source>More would come back than was spent.</source>
            <translation>退回的积分将超过已使用的积分。</translation>
        </message>
        <message>
            <source>There is nothing to undo for this customer.</source>
            <translation>这位顾客没有可撤销的业务。</translation>
        </message>
        <message>
            <source>There is no reward with this number. Type a number from the list.</source>
            <translation>没有这个编号的奖品，请输入列表中的编号。</translation>
        </message>
        <message>
            <source>{missing_points} points are missing.</source>
            <translation>还差 {missing_points} 积分。</translation>
        </message>
        <message>
            <source>Other counters hold {missing_points} of the points for it. Try again with the network back.</source>
            <translation>其中 {missing_points} 积分由其他柜台预留，请联网后再办。</translation>
        </message>
        <message>
            <source>None of it is left.</source>
            <translation>该奖品已兑完。</translation>
        </message>
        <message>
            <source>Other counters hold the last of it. They were asked for it: try again in a moment.</source>
            <translation>最后几份由其他柜台预留，已请其退回，请稍后再试。</translation>
        </message>
        <message>
            <source>This counter holds none of it. Try again with the network back.</source>
            <translation>断网时本柜台没有预留该奖品，请联网后再办。</translation>
        </message>
        <message>
            <source>Not possible just now.</source>
            <translation>现在不能办理。</translation>
        </message>
        <message>
            <source>This counter holds no points for this member. Try again with the network back.</source>
            <translation>断网时本柜台没有为该会员预留积分，请联网后再办。</translation>
        </message>
        <message>
            <source>This counter holds too few points for it without the network. A smaller reward may do.</source>
            <translation>断网时本柜台预留的积分不够，可换较小的奖品。</translation>
        </message>
        <message>
            <source>Too large for one reward without the network. A smaller reward may do.</source>
            <translation>超过断网时单次兑换的上限，可换较小的奖品。</translation>
        </message>
        <message>
            <source>This member has reached the limit without the network. Try again when it is back.</source>
            <translation>该会员已达断网时的上限，请联网后再办。</translation>
        </message>
        <message>
            <source>Beyond the office's limit without the network. Try again when it is back.</source>
            <translation>超过营业点断网时的上限，请联网后再办。</translation>
        </message>
        <message>
            <source>The office's limit is used up until the network is back.</source>
            <translation>营业点断网时的额度已用完，请联网后再办。</translation>
        </message>
        <message>
            <source>The central office said no. Nothing was spent.</source>
            <translation>中心未批准，积分没有扣减。</translation>
        </message>
        <message>
            <source>It was interrupted. Nothing was spent; start again.</source>
            <translation>办理中断，积分没有扣减，请重新办理。</translation>
        </message>
        <message>
            <source>That isn't one of the five faces.</source>
            <translation>这不是五个表情之一。</translation>
        </message>
        <message>
            <source>There is no rating to add to.</source>
            <translation>没有可补充的评价。</translation>
        </message>
        <message>
            <source>The question to the customer has ended.</source>
            <translation>对顾客的询问已结束。</translation>
        </message>
        <message>
            <source>This reason isn't in the list any more.</source>
            <translation>该原因已不在列表中。</translation>
        </message>
        <message>
            <source>The text is too long: at most {limit} characters.</source>
            <translation>文字太长，最多 {limit} 个字。</translation>
        </message>
        <message>
            <source>This topic isn't in the list. Choose one by its digit.</source>
            <translation>没有这个事项，请按数字选择。</translation>
        </message>
        <message>
            <source>Only a duty manager may do this.</source>
            <translation>只有值班经理可以办理。</translation>
        </message>
        <message>
            <source>This case isn't here any more.</source>
            <translation>该事件已不在这里。</translation>
        </message>
        <message>
            <source>This code isn't known. Check it, or ask for a new one.</source>
            <translation>注册码不对，请核对或重新索取。</translation>
        </message>
        <message>
            <source>This code has been used. Ask for a new one.</source>
            <translation>注册码已用过，请重新索取。</translation>
        </message>
        <message>
            <source>This code is too old. Ask for a new one; it is good for 15 minutes.</source>
            <translation>注册码已过期，请重新索取；15 分钟内有效。</translation>
        </message>
        <message>
            <source>The central server doesn't answer. Check the address and the network.</source>
            <translation>中心服务器没有应答，请检查地址和网络。</translation>
        </message>
        <message>
            <source>Something answers at this address, but it isn't the central server.</source>
            <translation>该地址有应答，但不是中心服务器。</translation>
        </message>
        <message>
            <source>The central server has trouble of its own. Try again in a few minutes.</source>
            <translation>中心服务器出现故障，请几分钟后再试。</translation>
        </message>
        <message>
            <source>The server's certificate isn't trusted by this PC. Ask the administrator.</source>
            <translation>本机不信任服务器的证书，请找管理员。</translation>
        </message>
        <message>
            <source>This PC's clock is wrong. Set date and time.</source>
            <translation>本机时钟不对，请校正日期和时间。</translation>
        </message>
        <message>
            <source>This PC has been shut out. What it recorded is kept for the central office.</source>
            <translation>本机已被停用，已记录的业务为中心保留。</translation>
        </message>
        <message>
            <source>This version is too old for the central server. Ask for the update; your work is kept.</source>
            <translation>程序版本太旧，请申请更新；业务记录都保留。</translation>
        </message>
        <message>
            <source>The central server is older than this program. Tell the administrator; your work is kept.</source>
            <translation>中心服务器的版本比本机旧，请通知管理员；业务记录都保留。</translation>
        </message>
        <message>
            <source>The PC's key store is locked. Unlock it, then start again.</source>
            <translation>本机密钥库已锁定，请解锁后重新启动。</translation>
        </message>
        <message>
            <source>The PC's key store is gone. Ask the administrator; what was recorded is kept.</source>
            <translation>找不到本机密钥库，请找管理员；业务记录都保留。</translation>
        </message>
        <message>
            <source>The disk is full. This was not recorded: free some space, then do it again.</source>
            <translation>磁盘已满，这一步没有记录：请腾出空间后重做。</translation>
        </message>
        <message>
            <source>The disk did not take it. This was not recorded: do it again, and tell the administrator.</source>
            <translation>写入磁盘失败，这一步没有记录：请重做，并告知管理员。</translation>
        </message>
        <message>
            <source>The data folder is on a network drive. It must be on this PC's own disk.</source>
            <translation>数据文件夹在网络盘上，必须放在本机磁盘。</translation>
        </message>
        <message>
            <source>The data folder is open to other accounts of this PC. Have the administrator close it.</source>
            <translation>数据文件夹对本机其他账户开放，请管理员关闭其访问权限。</translation>
        </message>
        <message>
            <source>A new version is being put in place. Start Guichet by its own icon.</source>
            <translation>正在安装新版本。请用 Guichet 自己的图标启动。</translation>
        </message>
        <message>
            <source>The program is closing.</source>
            <translation>程序正在关闭。</translation>
        </message>
        <message>
            <source>The program made a mistake. Check whether this was recorded before you do it again.</source>
            <translation>程序出错。重做之前请先核对这一步是否已记录。</translation>
        </message>
        <message>
            <source>Write in a few words what it is about.</source>
            <translation>请用几个字写明事由。</translation>
        </message>
        <message>
            <source>This reward is no longer asked for. Start again with F3.</source>
            <translation>该兑换已取消，请按 F3 重新开始。</translation>
        </message>
        <message>
            <source>This counter holds too few points for this member.</source>
            <translation>本窗口为该会员预留的积分不足。</translation>
        </message>
        <message>
            <source>Write down what was done.</source>
            <translation>请写明如何处理。</translation>
        </message>
        <message>
            <source>Choose how it ended.</source>
            <translation>请选择处理结果。</translation>
        </message>
        <message>
            <source>Choose how far it has come.</source>
            <translation>请选择处理进度。</translation>
        </message>
        <message>
            <source>Choose one of the list.</source>
            <translation>请从列表中选择。</translation>
        </message>
        <message>
            <source>Give the points first.</source>
            <translation>请先赠送积分。</translation>
        </message>
        <message>
            <source>Somebody has taken this case.</source>
            <translation>此事已有人接手。</translation>
        </message>
        <message>
            <source>This case is closed. Open it again first.</source>
            <translation>此事已办结，请先重新打开。</translation>
        </message>
        <message>
            <source>This case is open.</source>
            <translation>此事尚未办结。</translation>
        </message>
        <message>
            <source>Choose one of the answers.</source>
            <translation>请选择一项答复。</translation>
        </message>
        <message>
            <source>This PC is set up already.</source>
            <translation>本机已经设置过。</translation>
        </message>
        <message>
            <source>This isn't a server's address. Type it as https://name.</source>
            <translation>这不是服务器地址，请按 https://名称 输入。</translation>
        </message>
        <message>
            <source>The note of where this PC's keys are is damaged. Ask the administrator.</source>
            <translation>本机密钥位置的记录已损坏，请找管理员。</translation>
        </message>
        <message>
            <source>This PC's keys are gone. Ask the administrator; what was recorded is kept.</source>
            <translation>本机密钥丢失，请找管理员；业务记录都保留。</translation>
        </message>
        <message>
            <source>This PC's data is damaged. Leave everything as it is: the administrator takes the work along with `guichet rescue export` and sets the PC up anew.</source>
            <translation>本机数据已损坏，请保持原样：由管理员用 guichet rescue export 取出业务记录，再重新设置本机。</translation>
        </message>
        <message>
            <source>The data was written by a newer version. Install that version.</source>
            <translation>数据由更新的版本写入，请安装该版本。</translation>
        </message>
        <message>
            <source>The members' data hasn't arrived yet.</source>
            <translation>会员资料尚未下载。</translation>
        </message>
        <message>
            <source>Guichet is running at this place already.</source>
            <translation>Guichet 已在此岗位运行。</translation>
        </message>
        <message>
            <source>This isn't a number of points that can be booked.</source>
            <translation>这个积分数不能入账。</translation>
        </message>
        <message>
            <source>This counter holds too few points for it without the network.</source>
            <translation>断网时本柜台预留的积分不够。</translation>
        </message>
        <message>
            <source>The flight is too long ago to earn points.</source>
            <translation>航班日期太久，不能再累积。</translation>
        </message>
        <message>
            <source>The flight is still to come. Points are earned on the day.</source>
            <translation>航班尚未起飞，当日方可累积。</translation>
        </message>
        <message>
            <source>The amount must be more than nothing.</source>
            <translation>金额必须大于零。</translation>
        </message>
        <message>
            <source>The amount is too large. Check what was typed.</source>
            <translation>金额太大，请核对。</translation>
        </message>
        <message>
            <source>The amount is too small to earn a point.</source>
            <translation>金额太小，不足一分。</translation>
        </message>
        <message>
            <source>The scan was empty. Scan again.</source>
            <translation>没有扫到内容，请重新扫描。</translation>
        </message>
        <message>
            <source>This code is neither a boarding pass nor a card. Scan again.</source>
            <translation>这既不是登机牌，也不是会员卡。请重新扫描。</translation>
        </message>
        <message>
            <source>This kind of boarding pass can't be read. Type card or phone instead.</source>
            <translation>读不了这种登机牌，请输入卡号或手机号。</translation>
        </message>
        <message>
            <source>The scan broke off. Hold the pass still and scan again.</source>
            <translation>扫描不完整，请拿稳登机牌重新扫描。</translation>
        </message>
        <message>
            <source>The scan is too long for a boarding pass. Scan one code at a time.</source>
            <translation>内容过长，请一次只扫一个码。</translation>
        </message>
        <message>
            <source>The boarding pass can't be read in part. Scan again.</source>
            <translation>登机牌部分内容读不出，请重新扫描。</translation>
        </message>
        <message>
            <source>The boarding pass has no possible date. Check the pass.</source>
            <translation>登机牌上的日期不对，请核对。</translation>
        </message>
        <message>
            <source>The scanner sends signs that don't belong there. Its settings need mending.</source>
            <translation>扫描枪发送了多余的字符，需要调整设置。</translation>
        </message>
        <message>
            <source>Caps Lock is on and turned the scan round. Switch it off and scan again.</source>
            <translation>大写锁定使扫描内容颠倒，请关闭后重新扫描。</translation>
        </message>
        <message>
            <source>The keyboard's language garbled the scan. Switch to the English layout and scan again.</source>
            <translation>键盘语言打乱了扫描内容，请切换到英文键盘后重新扫描。</translation>
        </message>
        <message>
            <source>The input method caught the scan. Switch it off and scan again.</source>
            <translation>扫描内容被输入法截获，请关闭输入法后重新扫描。</translation>
        </message>
        <message>
            <source>That can't be done just now. Nothing was recorded.</source>
            <translation>现在不能办理，没有任何记录。</translation>
        </message>
        <message>
            <source>The members' data on this PC is damaged. It is fetched anew by itself.</source>
            <translation>本机会员资料已损坏，会自动重新下载。</translation>
        </message>
        <message>
            <source>Another program holds this PC's data. Close it, then do this again.</source>
            <translation>另一个程序占用了本机数据，请关闭后重做。</translation>
        </message>
        <message>
            <source>Booking class {booking_class} earns no points.</source>
            <translation>{booking_class} 舱不累积积分。</translation>
        </message>
        <message>
            <source>Flights of {carrier} earn no points here.</source>
            <translation>{carrier} 的航班在本计划中不累积积分。</translation>
        </message>
        <message>
            <source>Booking class {booking_class} isn't in the rules yet. Take a matter with F6.</source>
            <translation>规则中尚无 {booking_class} 舱。请按 F6 登记。</translation>
        </message>
        <message>
            <source>The distance of {route} isn't known yet. Take a matter with F6.</source>
            <translation>尚不知道 {route} 的里程。请按 F6 登记。</translation>
        </message>
        <message>
            <source>Amounts in {currency} earn no points.</source>
            <translation>{currency} 消费不累积积分。</translation>
        </message>
        <message>
            <source>Type airline and number, such as CA1501.</source>
            <translation>请输入航空公司和航班号，例如 CA1501。</translation>
        </message>
        <message>
            <source>Type month and day, such as 1026, or the whole date.</source>
            <translation>请输入月日，例如 1026，或完整日期。</translation>
        </message>
        <message>
            <source>Type both airports, such as PEK-SHA.</source>
            <translation>请输入起降机场，例如 PEK-SHA。</translation>
        </message>
        <message>
            <source>Type the one letter of the booking class.</source>
            <translation>请输入舱位代码，一个字母。</translation>
        </message>
        <message>
            <source>The disk is full. Free some space, then start again; what was recorded is kept.</source>
            <translation>磁盘已满。请腾出空间，再重新启动；已记录的内容都在。</translation>
        </message>
        <message>
            <source>The disk can't be read. Tell the administrator; leave everything as it is.</source>
            <translation>磁盘无法读取。请告知管理员，并保持现状。</translation>
        </message>
        <message>
            <source>This was recorded before, and otherwise. Tell the administrator.</source>
            <translation>此前已有不同的记录，请告知管理员。</translation>
        </message>
        <message>
            <source>This reward isn't offered any more.</source>
            <translation>该奖品已停止兑换。</translation>
        </message>
        <message>
            <source>Its price has changed. Choose it once more.</source>
            <translation>所需积分已变更，请重新选择。</translation>
        </message>
        <message>
            <source>You have given out what one person may in an hour. A colleague can go on.</source>
            <translation>您一小时内的兑换已达上限，可由同事登录后办理。</translation>
        </message>
        <message>
            <source>Not offered yet.</source>
            <translation>尚未开始兑换。</translation>
        </message>
        <message>
            <source>No longer offered.</source>
            <translation>兑换已结束。</translation>
        </message>
        <message>
            <source>Not offered on these days.</source>
            <translation>这几天不能兑换。</translation>
        </message>
        <message>
            <source>This program is too old for this reward. Another counter may have it.</source>
            <translation>本机程序版本过旧，无法办理该奖品，可到其他柜台办理。</translation>
        </message>
        <message>
            <source>The voucher can't be read whole. Hold it still and scan again.</source>
            <translation>凭证没有读全。请拿稳后重新扫描。</translation>
        </message>
        <message>
            <source>This voucher is another programme's. It isn't taken here.</source>
            <translation>这张凭证属于其他会员计划，此处不受理。</translation>
        </message>
        <message>
            <source>No counter of this programme issued this voucher. Don't hand anything over.</source>
            <translation>这张凭证不是本计划的柜台出具的。请勿交付。</translation>
        </message>
        <message>
            <source>The PC that issued this voucher was shut out. Only with the network can it be checked.</source>
            <translation>出具此凭证的电脑已被停用，联网后才能核实。</translation>
        </message>
        <message>
            <source>This voucher's last day is over.</source>
            <translation>这张凭证已过有效期。</translation>
        </message>
        <message>
            <source>Only the office that issued this voucher takes it.</source>
            <translation>只有出具此凭证的营业点受理。</translation>
        </message>
        <message>
            <source>This voucher was taken at this counter before.</source>
            <translation>这张凭证已在本柜台用过。</translation>
        </message>
        <message>
            <source>This voucher was used at another counter before.</source>
            <translation>这张凭证已在其他柜台用过。</translation>
        </message>
        <message>
            <source>The reward of this voucher was taken back, so it is worth nothing.</source>
            <translation>这张凭证的兑换已撤销，凭证作废。</translation>
        </message>
        <message>
            <source>The points of this voucher were given back, so it is worth nothing.</source>
            <translation>这张凭证的积分已经退还，凭证作废。</translation>
        </message>
        <message>
            <source>This was undone, so there is no receipt of it.</source>
            <translation>此项已撤销，没有小票。</translation>
        </message>
        <message>
            <source>This receipt isn't on this PC any more.</source>
            <translation>本机已没有这张小票。</translation>
        </message>
        <message>
            <source>The printer has no paper: put in a new roll.</source>
            <translation>打印机缺纸：请换新纸卷。</translation>
        </message>
        <message>
            <source>The printer is open: close its cover.</source>
            <translation>打印机盖未合：请合上盖子。</translation>
        </message>
        <message>
            <source>Only with the central office can it be saved: that writes down who took it along. It can be printed.</source>
            <translation>须连通中心才能存为文件：中心要登记由谁带走。可以打印。</translation>
        </message>
        <message>
            <source>Too many statements were asked for here. Try again in an hour.</source>
            <translation>此处查询对账单过多，请一小时后再试。</translation>
        </message>
        <message>
            <source>The central office doesn't give this statement out to you.</source>
            <translation>中心不向您提供此对账单。</translation>
        </message>
        <message>
            <source>There is a file {file} already; it was left as it is. Do it again.</source>
            <translation>已有文件 {file}，原样保留。请再做一次。</translation>
        </message>
        <message>
            <source>There is no room in {folder}, so nothing was saved. Free some space.</source>
            <translation>{folder} 空间不足，未保存。请清理磁盘。</translation>
        </message>
        <message>
            <source>This program may not write into {folder}, so nothing was saved.</source>
            <translation>本程序无权写入 {folder}，未保存。</translation>
        </message>
        <message>
            <source>{folder} didn't take the file, so nothing was saved. See whether it is there.</source>
            <translation>{folder} 无法写入，未保存。请查看该文件夹是否存在。</translation>
        </message>
        <message>
            <source>The printer has trouble: switch it off and on again.</source>
            <translation>打印机故障：请关机后重新开机。</translation>
        </message>
        <message>
            <source>The printer doesn't answer: see whether it is on.</source>
            <translation>打印机无响应：请查看是否开机。</translation>
        </message>
        <message>
            <source>The receipts' folder can't be written.</source>
            <translation>小票文件夹无法写入。</translation>
        </message>
        <message>
            <source>For this member only with the network. Try again when it is back.</source>
            <translation>该会员须联网办理，请联网后再办。</translation>
        </message>
        <message>
            <source>This counter has been without the network for too long to give this. Try again with it.</source>
            <translation>本柜台断网过久，暂不能办理，请联网后再办。</translation>
        </message>
        <message>
            <source>This counter has given as often as it may without the network. Try again with it.</source>
            <translation>本柜台断网时可办的次数已用完，请联网后再办。</translation>
        </message>
        <message>
            <source>This counter has given as much as it may without the network. A smaller reward may do.</source>
            <translation>本柜台断网时可兑的积分不足，可换较小的礼品。</translation>
        </message>
        <message>
            <source>All of this reward has been given back.</source>
            <translation>该奖品已全部退回。</translation>
        </message>
        <message>
            <source>A part of this reward was given back. Give back the rest with F5, R.</source>
            <translation>该奖品已退回一部分。其余部分请按 F5、R 退回。</translation>
        </message>
        <message>
            <source>Its voucher was used at another counter, so this reward can't come back.</source>
            <translation>该凭证已在其他柜台使用，奖品不能退回。</translation>
        </message>
        <message>
            <source>Its voucher was taken at this counter, so this reward can't come back.</source>
            <translation>该凭证已在本柜台收取，奖品不能退回。</translation>
        </message>
        <message>
            <source>A manager has this reward to settle, so it can't come back here.</source>
            <translation>该奖品正由值班经理处理，不能在此退回。</translation>
        </message>
        <message>
            <source>Write down why; it is kept.</source>
            <translation>请写明原因，将一并保存。</translation>
        </message>
        <message>
            <source>This member isn't on the deny list any more.</source>
            <translation>该会员已不在拒兑名单上。</translation>
        </message>
        <message>
            <source>Goodwill only gives points. Take them as a correction.</source>
            <translation>补偿只能增加积分。扣减请用更正。</translation>
        </message>
        <message>
            <source>Somebody has decided about these points already.</source>
            <translation>已有人对这笔积分作出决定。</translation>
        </message>
        <message>
            <source>You recorded it, so another manager has to agree.</source>
            <translation>由您记录，须由另一位经理同意。</translation>
        </message>
        <message>
            <source>The network went meanwhile, so a manager has to agree. Choose the reward once more.</source>
            <translation>网络已断开，须经理同意，请重新选择奖品。</translation>
        </message>
        <message>
            <source>That isn't the code for this reward. Tries left: {tries_left}</source>
            <translation>验证码与此奖品不符，还可试 {tries_left} 次</translation>
        </message>
        <message>
            <source>Type the eight digits that the manager says.</source>
            <translation>请输入经理报出的八位数字。</translation>
        </message>
        <message>
            <source>Codes don't work on this PC yet. With the network they do within an hour.</source>
            <translation>本机暂不能使用验证码；联网后一小时内即可使用。</translation>
        </message>
        <message>
            <source>The counter doesn't wait for it any more.</source>
            <translation>该柜台已不再等待。</translation>
        </message>
        <message>
            <source>Type the eight digits that the counter shows.</source>
            <translation>请输入柜台显示的八位数字。</translation>
        </message>
        <message>
            <source>Type the counter's sign, such as A1.</source>
            <translation>请输入柜台编号，例如 A1。</translation>
        </message>
        <message>
            <source>You give this reward yourself, so another manager has to agree.</source>
            <translation>此奖品由您本人办理，须由另一位经理同意。</translation>
        </message>
        <message>
            <source>This counter isn't among the office's any more. Ask again with F5.</source>
            <translation>本营业点已没有此柜台。请按 F5 重新查询。</translation>
        </message>
        <message>
            <source>This desk has done it to as many PCs as one may in a day. Ask the administrator.</source>
            <translation>本经理台今天处理的电脑已达一天的上限。请联系管理员。</translation>
        </message>
        <message>
            <source>Only the central office knows your weeks, and it doesn't answer now. Try again later.</source>
            <translation>只有中心知道您的各周数据，现在没有回应。请稍后再试。</translation>
        </message>
        <message>
            <source>This customer is on none of your lists.</source>
            <translation>您的名单上没有这位顾客。</translation>
        </message>
        <message>
            <source>This customer is on somebody else's list.</source>
            <translation>这位顾客在他人的名单上。</translation>
        </message>
        <message>
            <source>Write down in a few words what you heard.</source>
            <translation>请用几句话写下您听到了什么。</translation>
        </message>
        <message>
            <source>Write down what is to be done.</source>
            <translation>请写下要做什么。</translation>
        </message>
        <message>
            <source>Choose who does it.</source>
            <translation>请选择由谁来做。</translation>
        </message>
        <message>
            <source>This PC doesn't know the action yet.</source>
            <translation>本机还没有这项措施。</translation>
        </message>
        <message>
            <source>Type days from today, such as 14, or a day to come, such as 2027-03-31.</source>
            <translation>请输入从今天起的天数，如 14，或今后的日期，如 2027-03-31。</translation>
        </message>
    </context>
    <context>
        <name>Forms</name>
        <message>
            <source>Join the member</source>
            <translation>办理入会</translation>
        </message>
        <message>
            <source>New card: scan it, or type its number</source>
            <translation>新卡：扫描，或输入卡号</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>姓名</translation>
        </message>
        <message>
            <source>Name in Latin letters, as on the passport</source>
            <translation>拼音姓名（同护照）</translation>
        </message>
        <message>
            <source>Mobile phone</source>
            <translation>手机号</translation>
        </message>
        <message>
            <source>Change the phone</source>
            <translation>更改手机号</translation>
        </message>
        <message>
            <source>New mobile phone</source>
            <translation>新手机号</translation>
        </message>
        <message>
            <source>Replace the card</source>
            <translation>换卡</translation>
        </message>
        <message>
            <source>Take it</source>
            <translation>受理</translation>
        </message>
        <message>
            <source>In the customer's words</source>
            <translation>顾客所述</translation>
        </message>
        <message>
            <source>Scan a badge, or type number and PIN. The customer stays open.</source>
            <translation>扫描工牌，或输入工号和密码。当前顾客保留。</translation>
        </message>
        <message>
            <source>Close the shift</source>
            <translation>交班</translation>
        </message>
        <message>
            <source>Your PIN</source>
            <translation>您的密码</translation>
        </message>
        <message>
            <source>What waits to be sent is kept and goes by itself.</source>
            <translation>待发送的业务会保留并自动发送。</translation>
        </message>
        <message>
            <source>See what it earns</source>
            <translation>查看可累积积分</translation>
        </message>
        <message>
            <source>Scan the old pass, or type what the ticket says.</source>
            <translation>扫描旧登机牌，或按机票内容输入。</translation>
        </message>
        <message>
            <source>Flight</source>
            <translation>航班</translation>
        </message>
        <message>
            <source>Day: month and day, or with the year</source>
            <translation>日期：月日，或加上年份</translation>
        </message>
        <message>
            <source>From and to</source>
            <translation>起飞和到达</translation>
        </message>
        <message>
            <source>Booking class</source>
            <translation>舱位</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>The manager's code</source>
            <translation>经理的验证码</translation>
        </message>
    </context>
    <context>
        <name>Keys</name>
        <message>
            <source>Earn</source>
            <translation>累积</translation>
        </message>
        <message>
            <source>Redeem</source>
            <translation>兑换</translation>
        </message>
        <message>
            <source>Retro-claim</source>
            <translation>补登</translation>
        </message>
        <message>
            <source>Member</source>
            <translation>会员</translation>
        </message>
        <message>
            <source>Matter</source>
            <translation>受理</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>待发送</translation>
        </message>
        <message>
            <source>Hand over</source>
            <translation>交接</translation>
        </message>
        <message>
            <source>Finish</source>
            <translation>结束</translation>
        </message>
        <message>
            <source>Undo, print</source>
            <translation>撤销、补打</translation>
        </message>
    </context>
    <context>
        <name>Lines</name>
        <message>
            <source>Saved, waiting to be sent</source>
            <translation>已保存，等待发送</translation>
        </message>
        <message>
            <source>Booked</source>
            <translation>已入账</translation>
        </message>
        <message>
            <source>Undone</source>
            <translation>已撤销</translation>
        </message>
        <message>
            <source>Being booked …</source>
            <translation>正在办理…</translation>
        </message>
        <message>
            <source>A manager will settle it</source>
            <translation>由经理处理</translation>
        </message>
        <message>
            <source>Earned</source>
            <translation>累积</translation>
        </message>
        <message>
            <source>Reward</source>
            <translation>兑换</translation>
        </message>
        <message>
            <source>Joined the programme</source>
            <translation>入会</translation>
        </message>
        <message>
            <source>Phone changed</source>
            <translation>更改手机号</translation>
        </message>
        <message>
            <source>Card replaced</source>
            <translation>换卡</translation>
        </message>
        <message>
            <source>Complaint or question</source>
            <translation>投诉或咨询</translation>
        </message>
        <message>
            <source>Voucher taken</source>
            <translation>已收凭证</translation>
        </message>
        <message>
            <source>Reward given back</source>
            <translation>奖品退回</translation>
        </message>
    </context>
    <context>
        <name>Matches</name>
        <message>
            <source>card</source>
            <translation>卡号</translation>
        </message>
        <message>
            <source>end of the card</source>
            <translation>卡号尾数</translation>
        </message>
        <message>
            <source>phone</source>
            <translation>手机号</translation>
        </message>
        <message>
            <source>name</source>
            <translation>姓名</translation>
        </message>
        <message>
            <source>initials</source>
            <translation>拼音首字母</translation>
        </message>
    </context>
    <context>
        <name>Member</name>
        <message>
            <source>{points} expire on {day}</source>
            <translation>{points} 积分将于{day}到期</translation>
        </message>
        <message>
            <source>{points} on their way</source>
            <translation>{points} 待入账</translation>
        </message>
        <message>
            <source>points to spend</source>
            <translation>可用积分</translation>
        </message>
        <message>
            <source>Open: {matter}</source>
            <translation>待办：{matter}</translation>
        </message>
        <message>
            <source>from the server</source>
            <translation>服务器查得</translation>
        </message>
        <message>
            <source>your own membership</source>
            <translation>您本人的账户</translation>
        </message>
        <message>
            <source>phone {ending}</source>
            <translation>手机 {ending}</translation>
        </message>
        <message>
            <source>card …{ending}</source>
            <translation>卡号 …{ending}</translation>
        </message>
        <message>
            <source>last here {day}</source>
            <translation>上次来 {day}</translation>
        </message>
        <message>
            <source>Phone ends in {ending}</source>
            <translation>手机尾号 {ending}</translation>
        </message>
        <message>
            <source>Card ends in {ending}</source>
            <translation>卡号尾号 {ending}</translation>
        </message>
        <message>
            <source>{n} members</source>
            <translation>{n} 位会员</translation>
        </message>
        <message>
            <source>Card {number}</source>
            <translation>卡号 {number}</translation>
        </message>
        <message>
            <source>Phone {number}</source>
            <translation>手机 {number}</translation>
        </message>
    </context>
    <context>
        <name>Messages</name>
        <message>
            <source>This PC is being set up by itself, as the administrator arranged.</source>
            <translation>本机正按管理员的安排自动设置。</translation>
        </message>
        <message>
            <source>It is tried again in {seconds} s, or at once by Enter.</source>
            <translation>{seconds} 秒后自动重试，按回车立即重试。</translation>
        </message>
        <message>
            <source>The appeal goes to the managers. What they decide stands under F9, V.</source>
            <translation>申诉已提交经理，结果见 F9、V。</translation>
        </message>
        <message>
            <source>Upheld: the rating is kept and no longer counts.</source>
            <translation>申诉成立：评价保留，不再计入统计。</translation>
        </message>
        <message>
            <source>Declined: the rating counts as before.</source>
            <translation>申诉不成立：评价照常计入统计。</translation>
        </message>
        <message>
            <source>Read: “{read}”, {count} characters.</source>
            <translation>读到“{read}”，共 {count} 个字符。</translation>
        </message>
        <message>
            <source>Nobody found for “{text}”. Try phone, card or name, or join with F5.</source>
            <translation>没有找到“{text}”。换手机号、卡号或姓名试试，或按 F5 入会。</translation>
        </message>
        <message>
            <source>Nobody on this PC for “{text}”, and the server can't be reached to look further. Try phone, card or name, or join with F5.</source>
            <translation>本机没有“{text}”，又连不上服务器继续查找。换手机号、卡号或姓名试试，或按 F5 入会。</translation>
        </message>
        <message>
            <source>Pass of {name}: no member found. Search by phone or name, or join with F5.</source>
            <translation>{name} 的登机牌：没有找到会员。请按手机号或姓名查找，或按 F5 入会。</translation>
        </message>
        <message>
            <source>Not earned yet. Enter earns it, F12 again finishes without.</source>
            <translation>积分尚未累积。回车累积，再按 F12 则不累积直接结束。</translation>
        </message>
        <message>
            <source>The customer is being asked. Wait for the answer, or go back with Esc.</source>
            <translation>正在请顾客确认，请等待，或按 Esc 返回。</translation>
        </message>
        <message>
            <source>The reward is being booked; a moment.</source>
            <translation>正在办理兑换，请稍候。</translation>
        </message>
        <message>
            <source>The customer said no. Nothing was spent.</source>
            <translation>顾客不同意，积分没有扣减。</translation>
        </message>
        <message>
            <source>The question was taken back. Nothing was spent.</source>
            <translation>已取消确认，积分没有扣减。</translation>
        </message>
        <message>
            <source>Type an amount such as 1280 or 1280.50.</source>
            <translation>请输入金额，如 1280 或 1280.50。</translation>
        </message>
        <message>
            <source>Type the reward's number from the list.</source>
            <translation>请输入列表中的奖品编号。</translation>
        </message>
        <message>
            <source>This form takes no scan. Finish it, or go back with Esc, then scan.</source>
            <translation>此处不能扫描。请先完成，或按 Esc 返回后再扫描。</translation>
        </message>
        <message>
            <source>{points} points earned.</source>
            <translation>已累积 {points} 积分。</translation>
        </message>
        <message>
            <source>{text}</source>
            <translation>{text}</translation>
        </message>
        <message>
            <source>Undone.</source>
            <translation>已撤销。</translation>
        </message>
        <message>
            <source>The member has joined.</source>
            <translation>入会成功。</translation>
        </message>
        <message>
            <source>The phone number is changed.</source>
            <translation>手机号已更改。</translation>
        </message>
        <message>
            <source>The card is replaced.</source>
            <translation>已换卡。</translation>
        </message>
        <message>
            <source>Taken as {number}. {department} will answer by {due}.</source>
            <translation>已受理，编号 {number}，{department}将于 {due} 前答复。</translation>
        </message>
        <message>
            <source>Finished. The customer may rate now.</source>
            <translation>已结束，请顾客评价。</translation>
        </message>
        <message>
            <source>Finished without asking the customer.</source>
            <translation>已结束，未请顾客评价。</translation>
        </message>
        <message>
            <source>{name} is signed in.</source>
            <translation>{name} 已登录。</translation>
        </message>
        <message>
            <source>This customer was still being served. Go on, or finish with F12.</source>
            <translation>这位顾客尚未办完。请继续办理，或按 F12 结束。</translation>
        </message>
        <message>
            <source>Type server address and code, or scan the code.</source>
            <translation>请输入服务器地址和注册码，或扫描注册码。</translation>
        </message>
        <message>
            <source>Type number and PIN.</source>
            <translation>请输入工号和密码。</translation>
        </message>
        <message>
            <source>No answer on the panel. Nothing was spent. Enter asks again.</source>
            <translation>评价屏上没有人回答，积分没有扣减。按回车再问一次。</translation>
        </message>
        <message>
            <source>Voucher {voucher} is taken: hand over {reward}.</source>
            <translation>凭证 {voucher} 已收：请交付{reward}。</translation>
        </message>
        <message>
            <source>The receipt is on its way to the printer.</source>
            <translation>小票正在送往打印机。</translation>
        </message>
        <message>
            <source>Saved: {file}</source>
            <translation>已保存：{file}</translation>
        </message>
        <message>
            <source>{points} points come back once the central office has booked it.</source>
            <translation>中心入账后将返还 {points} 积分。</translation>
        </message>
        <message>
            <source>Type how many points come back, 1 to {left}; nothing typed means all.</source>
            <translation>请输入退回的积分数（1 至 {left}）；不输入表示全部。</translation>
        </message>
        <message>
            <source>Recorded: {points} points. They count once the central office has booked them.</source>
            <translation>已记录 {points} 积分，中心入账后生效。</translation>
        </message>
        <message>
            <source>Recorded: {points} points. A second manager has to agree.</source>
            <translation>已记录 {points} 积分，须由第二位经理同意。</translation>
        </message>
        <message>
            <source>Agreed. The points are booked.</source>
            <translation>已同意，积分即将入账。</translation>
        </message>
        <message>
            <source>Declined. Nothing is booked.</source>
            <translation>已否决，不予入账。</translation>
        </message>
        <message>
            <source>{name} agreed. Now the customer is asked.</source>
            <translation>{name}已同意，正在请顾客确认。</translation>
        </message>
        <message>
            <source>The manager did not agree. Nothing was spent.</source>
            <translation>经理未同意，未扣积分。</translation>
        </message>
        <message>
            <source>Given up. Members have their points back once the central office has it.</source>
            <translation>已放弃。中心收到后会员即收回积分。</translation>
        </message>
        <message>
            <source>Put on the deny list. Counters hear of it with their next contact.</source>
            <translation>已列入拒兑名单，各柜台下次联网时得知。</translation>
        </message>
        <message>
            <source>Taken off the deny list. Counters hear of it with their next contact.</source>
            <translation>已移出拒兑名单，各柜台下次联网时得知。</translation>
        </message>
    </context>
    <context>
        <name>Pending</name>
        <message>
            <source>Appeal to the managers</source>
            <translation>向经理提出的申诉</translation>
        </message>
        <message>
            <source>{n} waiting</source>
            <translation>{n} 项待发送</translation>
        </message>
        <message>
            <source>{waiting}, oldest {age}</source>
            <translation>{waiting}，最早 {age}前</translation>
        </message>
        <message>
            <source>Points earned</source>
            <translation>累积积分</translation>
        </message>
        <message>
            <source>Reward given</source>
            <translation>兑换奖品</translation>
        </message>
        <message>
            <source>A customer served</source>
            <translation>接待顾客</translation>
        </message>
        <message>
            <source>Complaint or question</source>
            <translation>投诉或咨询</translation>
        </message>
        <message>
            <source>Member's details</source>
            <translation>会员资料</translation>
        </message>
        <message>
            <source>Shift opened or closed</source>
            <translation>接班或交班</translation>
        </message>
        <message>
            <source>Sign-in or sign-out</source>
            <translation>登录或退出</translation>
        </message>
        <message>
            <source>{time}, {age} ago</source>
            <translation>{time}，{age}前</translation>
        </message>
        <message>
            <source>With a manager</source>
            <translation>由经理处理</translation>
        </message>
        <message>
            <source>This counter</source>
            <translation>本柜台</translation>
        </message>
        <message>
            <source>without a member</source>
            <translation>非会员</translation>
        </message>
        <message>
            <source>Points taken back</source>
            <translation>撤销积分</translation>
        </message>
        <message>
            <source>Reward taken back</source>
            <translation>撤销兑换</translation>
        </message>
        <message>
            <source>The customer's rating, or none</source>
            <translation>顾客评价（或未评价）</translation>
        </message>
        <message>
            <source>{n} or more waiting</source>
            <translation>{n} 项以上待发送</translation>
        </message>
        <message>
            <source>Damaged</source>
            <translation>已损坏</translation>
        </message>
        <message>
            <source>Unreadable here; a manager settles it</source>
            <translation>本机已读不出，发送后由值班经理处理</translation>
        </message>
        <message>
            <source>Nobody knows what</source>
            <translation>内容不明</translation>
        </message>
        <message>
            <source>Voucher taken</source>
            <translation>已收凭证</translation>
        </message>
    </context>
    <context>
        <name>Promises</name>
        <message>
            <source>{promise}: {reason}</source>
            <translation>{promise}：{reason}</translation>
        </message>
        <message>
            <source>{points} points are set aside for counter {counter}, {office}, since {time}.</source>
            <translation>{points} 积分自 {time} 起为 {office} 的 {counter} 柜台预留。</translation>
        </message>
        <message>
            <source>They were asked for: try again in a moment.</source>
            <translation>已请柜台归还，请稍后再试。</translation>
        </message>
        <message>
            <source>Guaranteed</source>
            <translation>保证兑现</translation>
        </message>
        <message>
            <source>Guaranteed by this counter</source>
            <translation>由本柜台保证</translation>
        </message>
        <message>
            <source>Covered by the office's risk limit</source>
            <translation>由营业点风险额度承担</translation>
        </message>
        <message>
            <source>Not possible now</source>
            <translation>现在不能兑换</translation>
        </message>
        <message>
            <source>Redeemed: {reward}, {points} points · {cover}</source>
            <translation>已兑换：{reward}，{points} 分 · {cover}</translation>
        </message>
        <message>
            <source>Posted</source>
            <translation>已入账</translation>
        </message>
        <message>
            <source>plus {money}</source>
            <translation>另付 {money}</translation>
        </message>
        <message>
            <source>{left} left as of {time}</source>
            <translation>截至 {time} 剩 {left} 份</translation>
        </message>
        <message>
            <source>{here} held here</source>
            <translation>本柜台预留 {here} 份</translation>
        </message>
        <message>
            <source>{money} still to be paid</source>
            <translation>另需支付 {money}</translation>
        </message>
        <message>
            <source>points fetched from counter {counter}</source>
            <translation>积分取自 {counter} 柜台</translation>
        </message>
    </context>
    <context>
        <name>Readiness</name>
        <message>
            <source>Not ready without the network</source>
            <translation>断网时不能办理</translation>
        </message>
        <message>
            <source>{covered} of {expected} expected guests covered</source>
            <translation>预计 {expected} 位客人中已备妥 {covered} 位</translation>
        </message>
        <message>
            <source>Working offline: {covered}</source>
            <translation>断网工作中：{covered}</translation>
        </message>
        <message>
            <source>Only partly ready offline</source>
            <translation>断网准备不完全</translation>
        </message>
        <message>
            <source>Ready offline: {covered}</source>
            <translation>断网可用：{covered}</translation>
        </message>
        <message>
            <source>The members' data is on its way</source>
            <translation>会员资料正在下载</translation>
        </message>
        <message>
            <source>The members' data is more than a day old</source>
            <translation>会员资料已超过一天未更新</translation>
        </message>
        <message>
            <source>The members' data isn't fresh</source>
            <translation>会员资料不够新</translation>
        </message>
        <message>
            <source>No guest is covered without the network</source>
            <translation>断网时没有客人备妥</translation>
        </message>
        <message>
            <source>The office's risk limit is used up</source>
            <translation>营业点风险额度已用完</translation>
        </message>
        <message>
            <source>The customer's screen is gone: check its cable</source>
            <translation>客户屏已断开，请检查连线</translation>
        </message>
        <message>
            <source>The central server doesn't answer</source>
            <translation>中心服务器没有应答</translation>
        </message>
        <message>
            <source>This PC has no key store. Its keys are kept in a file, which is less safe.</source>
            <translation>本机无密钥库，密钥存于文件，较不安全。</translation>
        </message>
        <message>
            <source>Without the network</source>
            <translation>断网时</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>能</translation>
        </message>
        <message>
            <source>not now</source>
            <translation>暂时不能</translation>
        </message>
        <message>
            <source>Expected guests covered</source>
            <translation>已备妥的预计客人</translation>
        </message>
        <message>
            <source>Age of the members' data</source>
            <translation>会员资料距今</translation>
        </message>
        <message>
            <source>Points left of the office's limit</source>
            <translation>营业点风险额度剩余积分</translation>
        </message>
        <message>
            <source>Low ratings reach a manager</source>
            <translation>差评能通知到经理</translation>
        </message>
        <message>
            <source>{covered} of {expected}</source>
            <translation>{covered} / {expected}</translation>
        </message>
        <message>
            <source>Working offline</source>
            <translation>断网工作中</translation>
        </message>
        <message>
            <source>Ready offline</source>
            <translation>断网可用</translation>
        </message>
        <message>
            <source>The deny list is too old to give rewards at the office's risk</source>
            <translation>限制名单过旧，不能由营业点担保兑换</translation>
        </message>
        <message>
            <source>Rewards at the office's risk need the network once first</source>
            <translation>须先联网一次才能由营业点担保兑换</translation>
        </message>
        <message>
            <source>Deny list</source>
            <translation>限制名单</translation>
        </message>
        <message>
            <source>as of {time}, {age} ago</source>
            <translation>截至 {time}，{age}前</translation>
        </message>
    </context>
    <context>
        <name>SignIn</name>
        <message>
            <source>中文 / English</source>
            <translation>中文 / English</translation>
        </message>
        <message>
            <source>Sign in</source>
            <translation>登录</translation>
        </message>
        <message>
            <source>Staff number</source>
            <translation>工号</translation>
        </message>
        <message>
            <source>PIN</source>
            <translation>密码</translation>
        </message>
        <message>
            <source>Or scan your badge.</source>
            <translation>或扫描工牌。</translation>
        </message>
    </context>
    <context>
        <name>Skip</name>
        <message>
            <source>The customer has left</source>
            <translation>顾客已离开</translation>
        </message>
        <message>
            <source>The panel doesn't work</source>
            <translation>顾客屏故障</translation>
        </message>
        <message>
            <source>A child at the panel</source>
            <translation>儿童在操作顾客屏</translation>
        </message>
        <message>
            <source>There is no panel</source>
            <translation>没有顾客屏</translation>
        </message>
        <message>
            <source>Another reason</source>
            <translation>其他原因</translation>
        </message>
    </context>
    <context>
        <name>Tiers</name>
        <message>
            <source>Basic</source>
            <translation>普通卡</translation>
        </message>
        <message>
            <source>Silver</source>
            <translation>银卡</translation>
        </message>
        <message>
            <source>Gold</source>
            <translation>金卡</translation>
        </message>
        <message>
            <source>Platinum</source>
            <translation>白金卡</translation>
        </message>
    </context>
    <context>
        <name>Time</name>
        <message>
            <source>{n} s</source>
            <translation>{n} 秒</translation>
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
            <source>today</source>
            <translation>今天</translation>
        </message>
        <message>
            <source>yesterday</source>
            <translation>昨天</translation>
        </message>
    </context>
    <context>
        <name>Topics</name>
        <message>
            <source>Baggage</source>
            <translation>行李</translation>
        </message>
        <message>
            <source>Booking and tickets</source>
            <translation>订座与客票</translation>
        </message>
        <message>
            <source>Delay or cancellation</source>
            <translation>延误或取消</translation>
        </message>
        <message>
            <source>Points and rewards</source>
            <translation>积分与奖品</translation>
        </message>
        <message>
            <source>Refund</source>
            <translation>退款</translation>
        </message>
        <message>
            <source>Staff and service</source>
            <translation>人员与服务</translation>
        </message>
        <message>
            <source>Service</source>
            <translation>服务</translation>
        </message>
        <message>
            <source>Hall and facilities</source>
            <translation>大厅与设施</translation>
        </message>
        <message>
            <source>Invoice</source>
            <translation>发票</translation>
        </message>
        <message>
            <source>Question</source>
            <translation>咨询</translation>
        </message>
        <message>
            <source>Something else</source>
            <translation>其他</translation>
        </message>
    </context>
    <context>
        <name>Window</name>
        <message>
            <source>Language: set by the administrator</source>
            <translation>语言：由管理员设定</translation>
        </message>
        <message>
            <source>The program made a mistake. What was recorded is safe.</source>
            <translation>程序出错，已记录的业务是安全的。</translation>
        </message>
        <message>
            <source>Written down for the administrator: {file}</source>
            <translation>已为管理员记录：{file}</translation>
        </message>
        <message>
            <source>Data folder: {folder}</source>
            <translation>数据文件夹：{folder}</translation>
        </message>
        <message>
            <source>For the administrator: “guichet doctor”, typed in a terminal, looks for what is wrong and says what to do.</source>
            <translation>供管理员使用：在终端中输入“guichet doctor”，它会查找问题并说明怎么办。</translation>
        </message>
        <message>
            <source>Open</source>
            <translation>打开</translation>
        </message>
        <message>
            <source>Close the program</source>
            <translation>关闭程序</translation>
        </message>
        <message>
            <source>This PC's data is being mended</source>
            <translation>正在修复本机数据</translation>
        </message>
        <message>
            <source>A part of the disk can't be read any more. What can be read is kept. It takes from seconds to a few minutes: leave the PC on. What you type comes afterwards.</source>
            <translation>磁盘有一部分已无法读出，能读出的都会保留。需要几秒到几分钟，请不要关机；这期间键入的内容稍后生效。</translation>
        </message>
        <message>
            <source>Looking for what can be read …</source>
            <translation>正在查找可读出的内容…</translation>
        </message>
    </context>
    <context>
        <name>Exceptions</name>
        <message>
            <source>Somebody else had begun to serve.</source>
            <translation>最初由他人接待。</translation>
        </message>
        <message>
            <source>The central office doesn't know this member.</source>
            <translation>总部没有这位会员的资料。</translation>
        </message>
        <message>
            <source>The central office doesn't know this visit.</source>
            <translation>总部没有这次接待的记录。</translation>
        </message>
        <message>
            <source>It had been recorded before.</source>
            <translation>此前已经登记过。</translation>
        </message>
        <message>
            <source>It was more than the limits allow.</source>
            <translation>超出了允许的额度。</translation>
        </message>
        <message>
            <source>The points set aside for it had run out or weren't this counter's.</source>
            <translation>为此预留的积分已用完，或不属于本柜台。</translation>
        </message>
        <message>
            <source>The counter held none of this reward any more.</source>
            <translation>该柜台当时已没有预留此奖品。</translation>
        </message>
        <message>
            <source>None of the reward was left. It is booked all the same.</source>
            <translation>该奖品当时已无库存，此笔仍已入账。</translation>
        </message>
        <message>
            <source>The clerk wasn't allowed to do this.</source>
            <translation>经办人没有这项权限。</translation>
        </message>
        <message>
            <source>The member's details couldn't be read.</source>
            <translation>会员资料无法读取。</translation>
        </message>
        <message>
            <source>The customer's answer didn't fit its visit.</source>
            <translation>客人的评价与这次接待对不上。</translation>
        </message>
        <message>
            <source>Somebody else had dealt with the case.</source>
            <translation>此事已由他人处理。</translation>
        </message>
        <message>
            <source>It couldn't be read or posted.</source>
            <translation>无法读取或入账。</translation>
        </message>
        <message>
            <source>The central office couldn't post it by itself.</source>
            <translation>总部无法自动入账。</translation>
        </message>
        <message>
            <source>The member had too few points left.</source>
            <translation>会员剩余积分不足。</translation>
        </message>
        <message>
            <source>The points given or taken couldn't be booked.</source>
            <translation>增减的积分无法入账。</translation>
        </message>
        <message>
            <source>By the programme's rules it is another number of points.</source>
            <translation>按计划规则，积分数额应不同。</translation>
        </message>
        <message>
            <source>The central office doesn't know the rules it was worked out by.</source>
            <translation>总部没有计算时所用的规则。</translation>
        </message>
        <message>
            <source>More would come back than there was.</source>
            <translation>退回的积分将超过原有积分。</translation>
        </message>
        <message>
            <source>This flight had earned its points already.</source>
            <translation>该航班此前已累积过积分。</translation>
        </message>
        <message>
            <source>The member had been credited for this flight already, by pass or by typing.</source>
            <translation>该会员的这一航班此前已累积过积分（扫描登机牌或手工补登）。</translation>
        </message>
        <message>
            <source>The central office doesn't know what was to be undone.</source>
            <translation>总部没有要撤销的那笔记录。</translation>
        </message>
        <message>
            <source>Nobody serves themselves, nor who gives them a share.</source>
            <translation>不能为自己或会把积分分给自己的会员办理。</translation>
        </message>
        <message>
            <source>The card belongs to another member.</source>
            <translation>该卡属于另一位会员。</translation>
        </message>
        <message>
            <source>The member's data had been erased in the meantime.</source>
            <translation>这位会员的资料在此期间已被删除。</translation>
        </message>
        <message>
            <source>The old card wasn't this member's.</source>
            <translation>旧卡不是这位会员的。</translation>
        </message>
        <message>
            <source>It belongs to another counter.</source>
            <translation>它属于另一个柜台。</translation>
        </message>
        <message>
            <source>The reward had been taken back before.</source>
            <translation>该奖品此前已撤回。</translation>
        </message>
        <message>
            <source>More points were given out within the hour than one clerk may.</source>
            <translation>一小时内发放的积分超过了单个柜员的限额。</translation>
        </message>
        <message>
            <source>Something else had been recorded in its place.</source>
            <translation>同一位置已登记了别的内容。</translation>
        </message>
        <message>
            <source>This PC was set back, and recorded something else in its place.</source>
            <translation>本机数据曾被还原，同一位置登记了别的内容。</translation>
        </message>
        <message>
            <source>This PC had been shut out: a manager decides.</source>
            <translation>本机当时已被停用，由主管决定。</translation>
        </message>
        <message>
            <source>This PC doesn't have it any more. Ask the administrator: a copy of the data does.</source>
            <translation>本机已没有这条记录。请联系管理员，数据备份可以找回。</translation>
        </message>
        <message>
            <source>The text that belongs to it didn't arrive.</source>
            <translation>所附文字没有送达。</translation>
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
            <source>No counter of this programme issued the voucher.</source>
            <translation>这张凭证不是本计划的柜台出具的。</translation>
        </message>
        <message>
            <source>It took a manager's approval, and had none that is good.</source>
            <translation>须经理批准，但没有有效的批准。</translation>
        </message>
    </context>
    <context>
        <name>Grounds</name>
        <message>
            <source>{route}: {km} km × {percent} % (class {booking_class}) = {points}</source>
            <translation>{route}：{km} 公里 × {percent}%（{booking_class} 舱）= {points}</translation>
        </message>
        <message>
            <source>at least {points} a flight</source>
            <translation>每航段至少 {points}</translation>
        </message>
        <message>
            <source>{currency} {amount} × {rate_points} points per {currency} {per} = {points}</source>
            <translation>消费 {currency} {amount} × 每 {currency} {per} 积 {rate_points} 分 = {points}</translation>
        </message>
        <message>
            <source>{currency} {amount} × 1 point per {currency} {per} = {points}</source>
            <translation>消费 {currency} {amount} × 每 {currency} {per} 积 1 分 = {points}</translation>
        </message>
        <message>
            <source>{tier} +{percent} % = {points}</source>
            <translation>{tier} +{percent}% = {points}</translation>
        </message>
    </context>
    <context>
        <name>Receipts</name>
        <message>
            <source>About to come out</source>
            <translation>即将打印</translation>
        </message>
        <message>
            <source>Printed; comes out as a copy</source>
            <translation>已打印；补打为副本</translation>
        </message>
        <message>
            <source>Not printed</source>
            <translation>未打印</translation>
        </message>
        <message>
            <source>Look whether it came out</source>
            <translation>请查看是否已打出</translation>
        </message>
        <message>
            <source>Reward</source>
            <translation>奖品</translation>
        </message>
        <message>
            <source>Points earned</source>
            <translation>积分入账</translation>
        </message>
        <message>
            <source>Complaint or question</source>
            <translation>投诉或咨询</translation>
        </message>
        <message>
            <source>Receipts waiting: {n}</source>
            <translation>待打印小票：{n}</translation>
        </message>
        <message>
            <source>Reward given back</source>
            <translation>奖品退回</translation>
        </message>
        <message>
            <source>Statement</source>
            <translation>积分对账单</translation>
        </message>
    </context>
    <context>
        <name>Refunds</name>
        <message>
            <source>The customer doesn't want it any more</source>
            <translation>顾客不想要了</translation>
        </message>
        <message>
            <source>The customer can't use it</source>
            <translation>顾客用不上</translation>
        </message>
        <message>
            <source>It couldn't be provided</source>
            <translation>无法提供</translation>
        </message>
        <message>
            <source>It was our mistake</source>
            <translation>我方差错</translation>
        </message>
        <message>
            <source>Type how many of its points come back, or Enter for all {left}.</source>
            <translation>输入退回的积分数，或直接按 Enter 退回全部 {left}。</translation>
        </message>
        <message>
            <source>{points} points come back for {reward}</source>
            <translation>退回“{reward}”，返还 {points} 积分</translation>
        </message>
        <message>
            <source>As foreseen: the central office decides</source>
            <translation>预计数，以中心入账为准</translation>
        </message>
        <message>
            <source>{coming} of {points} come back, fee {fee}</source>
            <translation>{points} 中返还 {coming}，手续费 {fee}</translation>
        </message>
        <message>
            <source>All {points} come back</source>
            <translation>返还全部 {points}</translation>
        </message>
        <message>
            <source>good until {day} at least</source>
            <translation>有效期至少到 {day}</translation>
        </message>
        <message>
            <source>{left} left of it</source>
            <translation>可退 {left}</translation>
        </message>
    </context>
    <context>
        <name>Statement</name>
        <message>
            <source>The central office is being asked …</source>
            <translation>正在向中心查询……</translation>
        </message>
        <message>
            <source>By the central office, {time}</source>
            <translation>中心数据，{time}</translation>
        </message>
        <message>
            <source>The central office doesn't answer. The balance is as this PC knew it, {time}; what was booked is shown when it is back.</source>
            <translation>连不上中心。余额为本机 {time} 所知；恢复后可查看明细。</translation>
        </message>
        <message>
            <source>M month · Y year · A all · ↑ ↓ scroll</source>
            <translation>M 一月 · Y 一年 · A 全部 · ↑ ↓ 滚动</translation>
        </message>
        <message>
            <source>P prints · D saves a PDF · C saves a CSV</source>
            <translation>P 打印 · D 存为 PDF · C 存为 CSV</translation>
        </message>
        <message>
            <source>Owed; what is earned next pays it</source>
            <translation>已欠，由之后的累积抵还</translation>
        </message>
        <message>
            <source>Balance</source>
            <translation>余额</translation>
        </message>
        <message>
            <source>Done here, not booked yet</source>
            <translation>本机已办、尚未入账</translation>
        </message>
        <message>
            <source>By expiry</source>
            <translation>按到期日</translation>
        </message>
        <message>
            <source>Until {day}</source>
            <translation>{day} 到期</translation>
        </message>
        <message>
            <source>Without expiry</source>
            <translation>长期有效</translation>
        </message>
        <message>
            <source>Of these set aside for counters</source>
            <translation>其中为柜台预留</translation>
        </message>
        <message>
            <source>Booked</source>
            <translation>已入账</translation>
        </message>
        <message>
            <source>balance {points}</source>
            <translation>余额 {points}</translation>
        </message>
        <message>
            <source>Brought in</source>
            <translation>转入</translation>
        </message>
        <message>
            <source>Earned</source>
            <translation>累积</translation>
        </message>
        <message>
            <source>Earning undone</source>
            <translation>撤销累积</translation>
        </message>
        <message>
            <source>Earning cut</source>
            <translation>减少累积</translation>
        </message>
        <message>
            <source>Family share</source>
            <translation>家庭分享</translation>
        </message>
        <message>
            <source>Family share taken back</source>
            <translation>家庭分享退回</translation>
        </message>
        <message>
            <source>Spent</source>
            <translation>兑换</translation>
        </message>
        <message>
            <source>Spending undone</source>
            <translation>撤销兑换</translation>
        </message>
        <message>
            <source>Given back</source>
            <translation>退回</translation>
        </message>
        <message>
            <source>Adjusted by a manager</source>
            <translation>经理调整</translation>
        </message>
        <message>
            <source>Expired</source>
            <translation>过期</translation>
        </message>
        <message>
            <source>Booked by the central office</source>
            <translation>中心记账</translation>
        </message>
    </context>
    <context>
        <name>Family</name>
        <message>
            <source>Head of a family</source>
            <translation>家庭账户户主</translation>
        </message>
        <message>
            <source>Head of a family of {n} who share</source>
            <translation>家庭账户户主，{n} 位成员分享积分</translation>
        </message>
        <message>
            <source>{percent} % of what is earned goes to the family</source>
            <translation>所得积分的 {percent}% 归家庭账户</translation>
        </message>
        <message>
            <source>{percent} % of what is earned goes to {name}, head of the family</source>
            <translation>所得积分的 {percent}% 归{name}（家庭账户）</translation>
        </message>
        <message>
            <source>the family</source>
            <translation>家庭账户</translation>
        </message>
        <message>
            <source>{shared} to {name}, {kept} stay</source>
            <translation>其中 {shared} 分归{name}，{kept} 分归本人</translation>
        </message>
        <message>
            <source>{repaid} pay what is owed, {shared} to {name}, {kept} stay</source>
            <translation>{repaid} 分抵扣欠分，{shared} 分归{name}，{kept} 分归本人</translation>
        </message>
    </context>
    <context>
        <name>Appeals</name>
        <message>
            <source>Appeal waits</source>
            <translation>申诉待处理</translation>
        </message>
        <message>
            <source>Upheld</source>
            <translation>申诉成立</translation>
        </message>
        <message>
            <source>Declined</source>
            <translation>申诉不成立</translation>
        </message>
        <message>
            <source>Appeal</source>
            <translation>申诉</translation>
        </message>
        <message>
            <source>Rated in the last 7 days. A digit appeals; how isn't shown to staff.</source>
            <translation>最近 7 天有评价的接待。按数字申诉；评价内容不向员工显示。</translation>
        </message>
        <message>
            <source>None of your visits here was rated in the last 7 days.</source>
            <translation>最近 7 天您在此台的接待没有评价。</translation>
        </message>
        <message>
            <source>perhaps by phone</source>
            <translation>可能有手机评价</translation>
        </message>
        <message>
            <source>My rated visits</source>
            <translation>我的已评价接待</translation>
        </message>
        <message>
            <source>Older ones</source>
            <translation>更早的</translation>
        </message>
        <message>
            <source>The newest</source>
            <translation>最近的</translation>
        </message>
        <message>
            <source>My rated visits, appeals</source>
            <translation>已评价的接待与申诉</translation>
        </message>
        <message>
            <source>Send the appeal</source>
            <translation>提交申诉</translation>
        </message>
        <message>
            <source>Why the rating shouldn't count</source>
            <translation>为何这条评价不应计入</translation>
        </message>
    </context>
    <context>
        <name>OwnWeeks</name>
        <message>
            <source>The central office is being asked …</source>
            <translation>正在向中心查询……</translation>
        </message>
        <message>
            <source>Whole weeks that have been over for a week, of {n} customers or more, in steps of 5 %: no customer's own rating can be read from them.</source>
            <translation>只列结束满一周的整周，至少 {n} 位顾客，以 5% 为一档：无法从中读出任何一位顾客的评价。</translation>
        </message>
        <message>
            <source>n = {n} ratings</source>
            <translation>n = {n} 个评价</translation>
        </message>
        <message>
            <source>Good: {share}</source>
            <translation>好评：{share}</translation>
        </message>
        <message>
            <source>Without a rating: {share} of {n} visits</source>
            <translation>未评价：{n} 次接待中 {share}</translation>
        </message>
        <message>
            <source>fewer than {n}</source>
            <translation>不足 {n} 个</translation>
        </message>
        <message>
            <source>Week of {day}</source>
            <translation>{day} 起的一周</translation>
        </message>
        <message>
            <source>5 % or less</source>
            <translation>5% 或更少</translation>
        </message>
        <message>
            <source>95 % or more</source>
            <translation>95% 或更多</translation>
        </message>
    </context>
</TS>
