"""What sheet 说明 of a budget forecast says: where it comes from, and everything that it takes for granted."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ledger import money
from ledger.programmes.tech_branch.assuming import ASSUMING
from ledger.programmes.tech_branch.year import DOCUMENT
from reports.writing.notes import value_text

if TYPE_CHECKING:
    from reports.tech_branch.budget import Budget

wan = money.wan_text


def budgets(on_file: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Each budget by its scope, with its amount in words."""
    for scope, fen in on_file.items():
        yield scope, f"{wan(fen)} 万元"


def notes(connection: Connection, budget: "Budget") -> list[tuple[str, str]]:
    """The pairs of sheet 说明."""
    found = budget.found
    year, values = found.year, found.values
    rate = ASSUMING.number(connection, year, "interest_rate", "贴息")
    bonus = ASSUMING.number(connection, year, "bonus_rate", "奖补")
    own = ASSUMING.own_rates(connection, year)
    settled = "；".join(f"{run.year} 年度第 {run.id} 号运行（{run.standing}）" for run in budget.settled)
    assumed = _open(budget) if found.open_year else _over(budget)
    return [
        ("报表", f"预算测算（{year} 年度）"),
        ("项目", DOCUMENT.name),
        ("依据", f"{DOCUMENT.number}《{DOCUMENT.title}》第十六条（预算编制）"),
        ("测算年度", f"{year}：按 {year} 年 12 月 31 日的余额补助，次年拨付"),
        ("数据截止", found.as_of.isoformat()),
        ("性质", "测算，不是结算：不生成运行，不写入数据库，不能据以拨付；同一天、同样的数据结果相同"),
        *((f"假定 {number}", text) for number, text in enumerate([*assumed, *_always(budget)], start=1)),
        ("贴息比例", f"{money.percent_text(rate)}%"),
        ("奖补比例", f"{money.percent_text(bonus)}%" + (f"；{own} 家银行有差别化奖补比例，按其自己的比例" if own else "")),
        *(
            (f"{DOCUMENT.number} {parameter.article}", f"{parameter.meaning}：{value_text(values.names(name) if parameter.unit == 'names' else values[name], parameter.unit)}")
            for name, parameter in DOCUMENT.parameters.items()
        ),
        ("历年数据", settled or "没有结算过的年度"),
        (f"已录入的 {year} 年度预算", "；".join(f"{scope} {text}" for scope, text in budgets(budget.on_file)) or "无"),
        ("增长", "（本年 - 上年）÷ 上年 × 100%，上年为零或没有的空着；四舍五入到万分之一个百分点"),
    ]  # fmt: skip


def _open(budget: "Budget") -> Iterator[str]:
    found = budget.found
    yield (
        f"{found.year} 年 12 月 31 日尚未到来，以 {found.as_of} 的余额当作年末余额：到期日以前不提前还款，"
        f"到年末以前（含当日）到期的视为按期还清，共 {found.left_out} 笔，不计"
    )
    yield "今天已经逾期仍有余额的，视为到年末仍未归还，计入余额；逾期的时间不算占用（第五条）"
    yield f"{found.as_of} 以后新发放的贷款不计；预计增减请看「增减情景」"
    yield "资料尚未上传而期限未到的，视为会按期上传（第十七条）；期限已过的按未按期上传"
    yield "银行没有报送年末余额，不作核对（第十八条）"


def _over(budget: "Budget") -> Iterator[str]:
    yield f"{budget.found.year} 年末余额已经形成，按库中的还款计算；银行报送余额与台账不符的不计（第十八条）"


def _always(budget: "Budget") -> Iterator[str]:
    yield "企业资质、合作银行、撤销、取消资格、展期、豁免、LPR 均以库中今天所录为准，以后的变化不计"
    yield "已享受年限只数已审核通过的年度；尚未审核的年度不计入（第五条）"
    yield "需求为总额控制（预算压缩）以前的金额；市、县分担按每个区市的合计分到分（第六条）"
    yield "增减情景：每笔贷款的年末余额同乘 80%、90%、110%、120%（四舍五入到分），其余不变；单户上限按增减后的余额重新排队"
    yield "年限与上限：分别假定没有该项限制，其余规定不变，重新判定"
    yield "追缴不在测算之内：追缴款缴回财政，不增加也不减少当年预算"
