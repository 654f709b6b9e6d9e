"""Tables: who is spoken of (anchors), what was said (facts, in versions), what was decided (runs and their lines), what
followed (steps, journal, seals), what the clock did (job runs), and who may come in (accounts, sessions, the log).

Money is integer fen, rates are integer e4 (0.0001 percentage point), names and codes compare by code point. Constraints
stand in the database too, so that no other program can write what the rules do not know.
May import money, people and other modules that know no database.
"""

from ledger.models.accounts import (
    ACTS,
    LEAST_KEPT,
    RESULTS,
    AccountAct,
    AccountFactor,
    AccountPassword,
    AccountRow,
    AccountToken,
    FactorUse,
    LogDay,
    LogEntry,
    LogHead,
    LogPrune,
    Session,
    SignInTry,
    TokenUse,
)
from ledger.models.anchors import Anchor, Bank, Enterprise, InsuranceProduct, Loan, Project
from ledger.models.base import ANY_LINK, Base, facts_of, table_of, words_of
from ledger.models.books import JournalEntry, JournalPosting, Seal, SealedRows
from ledger.models.clock import JOB_RESULTS, JobRun
from ledger.models.facts import (
    BANK_CHANGES,
    DAY_KINDS,
    GUARANTEES,
    QUALIFICATIONS,
    BankChangeFact,
    CalendarFact,
    Change,
    DisqualificationFact,
    EnterpriseFact,
    ExtensionFact,
    Fact,
    FundTotalFact,
    Intake,
    LoanFact,
    LprFact,
    PartnershipFact,
    QualificationFact,
    RepaymentFact,
    ReportedBalanceFact,
    RevocationFact,
    UploadWaiverFact,
    YearRateFact,
)
from ledger.models.life import (
    OUTCOMES,
    STEPS,
    ClockWaiver,
    RunStep,
    RunWarning,
    SpotCheck,
    SpotCheckLine,
    SpotCheckResult,
)
from ledger.models.objections import ObjectionFact
from ledger.models.papers import PAPER_EVENTS, PAPER_STATES, Paper, PaperState, PlatformStartFact
from ledger.models.runs import (
    RUN_STATES,
    Run,
)
from ledger.models.uploads import UPLOAD_KINDS, UPLOAD_STATES, Upload, UploadFinding, UploadStep
