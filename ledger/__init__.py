"""The books and the law: facts as uploaded, the rules of each document, and the settlements made of both.

May import nothing of the other rooms.

Glossary (Chinese = identifier). Units: money is counted in fen (分), dates inside frames are day numbers
(days since 1970-01-01), rates are counted in e4 (1 e4 = 0.0001 percentage point, so 1 基点 = 100 e4).

    贴息 = interest (interest subsidy)          奖补 = bonus (the bank's reward)
    贷款 = loan                                 借据编号 = note_no
    发放日 = disbursed_on                       到期日 = due_on
    展期 = extension                            结清日 = paid_off_on
    年末余额 = balance (year-end balance)       区市 = county
    企业 = enterprise                           统一社会信用代码 = uscc
    资质 = qualification                        合作银行 = partnership (of a bank)
    年利率 = rate_e4                            利率上限 = ceiling_e4
    资料上传日 = uploaded_on                    上传豁免 = upload waiver
    已享受政策年限 = years_enjoyed              年限豁免 = years waiver
    撤销 = revocation (of a loan)               取消资格 = disqualification (of an enterprise or bank)
    贴息基数 / 奖补基数 = interest_base / bonus_base
    需求 = demand (before the budget)           总额控制 = budget step
    市级 / 县级 = city / county share           追缴 = claim (clawback)
    试算 = trial run                            审核通过 = approved run
    附件1 / 附件2 = annex1 / annex2             解释口径 = reading
    项目库 = project (library)                  保单 = policy (insurance)
    研发补助 = grant                            股权投资 = investment
    初审签署 / 退回 = sign / return             抽查 = spot check (its list: sample)
    下达 = allotment                            拨付 = payment (one step of its way, 环节: leg)
    兑付回单 = receipt                          办结 = close
    分录 = entry (of the journal)               计提 = accrual
    冲销 = reversal                             追缴缴回 = claim_repaid
    封存 = seal                                 凭证号 = voucher
    险种 = product (insurance product)          标的 = object (what is insured)
    承保机构 = insurer                          特色目录 = catalogue
    备案 = filing (of a product)                往年奖补 = prior support
    区市补贴 = county payment                   特色申请 = application
    一票否决 = veto                             二类分担 = share (the city's, of class 2)
    分配系数 = coefficient                      赔付率 = loss (ratio)
    省级 / 中央奖补 = province / central
    信保缴费 = premium (one voucher, country)   信保退费 = refund
    净保费 = net (premium less refunds)         市场名录 = market (list)
    资金总量 = fund total                       区市配套 = matching (what a county gave)
"""

__version__ = "0.2.0"
