<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_TW" sourcelanguage="en">
<context>
    <name>panel</name>
    <message>
        <source>Welcome</source>
        <translation>歡迎光臨</translation>
    </message>
    <message>
        <source>This window is closed just now</source>
        <translation>本櫃檯暫停服務</translation>
    </message>
    <message>
        <source>Please go to the next window.</source>
        <translation>請至旁邊的櫃檯辦理。</translation>
    </message>
    <message>
        <source>Window {label}</source>
        <translation>{label} 號窗口</translation>
    </message>
    <message>
        <source>Read aloud</source>
        <translation>朗讀</translation>
    </message>
    <message>
        <source>Clerk {number}</source>
        <translation>員工編號 {number}</translation>
    </message>
    <message>
        <source>You are being served by clerk {number}</source>
        <translation>員工 {number} 正在為您服務</translation>
    </message>
    <message>
        <source>Spend your points on this?</source>
        <translation>要用點數兌換嗎？</translation>
    </message>
    <message>
        <source>To spend</source>
        <translation>本次使用</translation>
    </message>
    <message>
        <source>Left afterwards</source>
        <translation>兌換後剩餘</translation>
    </message>
    <message>
        <source>{points} points</source>
        <translation>{points} 點</translation>
    </message>
    <message>
        <source>Guaranteed</source>
        <translation>保證兌換</translation>
    </message>
    <message>
        <source>Guaranteed by this counter</source>
        <translation>由本櫃檯保證兌換</translation>
    </message>
    <message>
        <source>Covered by this office</source>
        <translation>由本據點擔保兌換</translation>
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
        <translation>請稍候</translation>
    </message>
    <message>
        <source>It is yours</source>
        <translation>兌換成功</translation>
    </message>
    <message>
        <source>{reward}: {points} points spent</source>
        <translation>{reward}：已使用 {points} 點</translation>
    </message>
    <message>
        <source>This isn't possible just now</source>
        <translation>目前無法兌換</translation>
    </message>
    <message>
        <source>No points were spent.</source>
        <translation>沒有扣除任何點數。</translation>
    </message>
    <message>
        <source>How was our service today?</source>
        <translation>您對這次的服務滿意嗎？</translation>
    </message>
    <message>
        <source>No, thanks</source>
        <translation>不用了，謝謝</translation>
    </message>
    <message>
        <source>Thank you. You chose: {face}</source>
        <translation>謝謝！您選擇了：{face}</translation>
    </message>
    <message>
        <source>We are sorry. You chose: {face}</source>
        <translation>很抱歉！您選擇了：{face}</translation>
    </message>
    <message>
        <source>Changed your mind? Tap another face.</source>
        <translation>想改一下？點選另一個表情即可。</translation>
    </message>
    <message>
        <source>What was good?</source>
        <translation>哪些方面做得好？</translation>
    </message>
    <message>
        <source>What could be better?</source>
        <translation>哪些方面可以改進？</translation>
    </message>
    <message>
        <source>What went wrong?</source>
        <translation>哪些方面讓您不滿意？</translation>
    </message>
    <message>
        <source>Write a few words</source>
        <translation>寫幾句話（拼音或英文）</translation>
    </message>
    <message>
        <source>Change your words</source>
        <translation>修改所寫內容</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Please call somebody now</source>
        <translation>請馬上找人過來</translation>
    </message>
    <message>
        <source>The duty manager has been called</source>
        <translation>已通知值班經理</translation>
    </message>
    <message>
        <source>The duty manager can't be reached from here just now</source>
        <translation>現在從這裡聯絡不上值班經理</translation>
    </message>
    <message>
        <source>Please call</source>
        <translation>請撥打</translation>
    </message>
    <message>
        <source>Please ask the clerk for the person in charge.</source>
        <translation>請向櫃員詢問負責人。</translation>
    </message>
    <message>
        <source>I'll wait</source>
        <translation>我等一下</translation>
    </message>
    <message>
        <source>Call me</source>
        <translation>打電話給我</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>現在不用</translation>
    </message>
    <message>
        <source>What would you like to tell us?</source>
        <translation>您想告訴我們什麼？</translation>
    </message>
    <message>
        <source>This keyboard has letters and digits only.</source>
        <translation>鍵盤只有字母和數字，用拼音寫我們也看得懂。</translation>
    </message>
    <message>
        <source>Which number may we call?</source>
        <translation>請留下您的電話號碼</translation>
    </message>
    <message>
        <source>Leave it empty and we use the number in your membership.</source>
        <translation>不填寫的話，我們就用會員資料中的號碼。</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>刪除</translation>
    </message>
    <message>
        <source>Capitals</source>
        <translation>大寫</translation>
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
        <translation>謝謝您</translation>
    </message>
    <message>
        <source>Your rating is recorded.</source>
        <translation>您的評價已記錄。</translation>
    </message>
    <message>
        <source>The duty manager knows.</source>
        <translation>值班經理已收到通知。</translation>
    </message>
    <message>
        <source>The duty manager's number: {phone}</source>
        <translation>值班經理電話：{phone}</translation>
    </message>
    <message>
        <source>Have a good day</source>
        <translation>祝您愉快</translation>
    </message>
    <message>
        <source>Whoever was with you may rate on their own phone</source>
        <translation>同行的人可以用自己的手機評價</translation>
    </message>
    <message>
        <source>Rather on your own phone? Scan this</source>
        <translation>也可以用自己的手機掃碼評價</translation>
    </message>
    <message>
        <source>Sorry, we can't record your answer just now</source>
        <translation>抱歉，目前無法記錄您的回答</translation>
    </message>
    <message>
        <source>You needn't do anything. The clerk will gladly help you.</source>
        <translation>您不必做任何操作，服務人員會繼續為您服務。</translation>
    </message>
    <message>
        <source>Your rating is recorded; what you added couldn't be.</source>
        <translation>您的評價已記錄，補充的內容未能儲存。</translation>
    </message>
    <message>
        <source>Very satisfied</source>
        <translation>非常滿意</translation>
    </message>
    <message>
        <source>Satisfied</source>
        <translation>滿意</translation>
    </message>
    <message>
        <source>Fairly satisfied</source>
        <translation>尚可</translation>
    </message>
    <message>
        <source>Dissatisfied</source>
        <translation>不滿意</translation>
    </message>
    <message>
        <source>Very dissatisfied</source>
        <translation>非常不滿意</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>辦事效率</translation>
    </message>
    <message>
        <source>Competence</source>
        <translation>專業能力</translation>
    </message>
    <message>
        <source>Attitude</source>
        <translation>服務態度</translation>
    </message>
    <message>
        <source>Facilities</source>
        <translation>設施環境</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>規章流程</translation>
    </message>
    <message>
        <source>Something else</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Your voucher: take a photograph</source>
        <translation>您的憑證：請拍照</translation>
    </message>
    <message>
        <source>No paper comes out here. Touch the screen when you have it.</source>
        <translation>此處不列印收據。拍好後請輕觸螢幕。</translation>
    </message>
</context>
</TS>
