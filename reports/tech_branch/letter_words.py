"""What a letter tells an enterprise it may do about each code: the conditions' own cures speak to whoever keeps the books."""

CURES = {
    "R_REGION": "登记的区市有误的，请提交营业执照，由所在区市金融监管部门核对。",
    "R_CATEGORY": "发放当日持有有效资质的，请提交资质证书（证明有效期包含发放日），申请补正。",
    "R_BANK": "请与贷款银行核对该行当时是否为合作银行。",
    "R_REVOKED": "对撤销、取消资格的认定不服的，可以对该认定提出异议。",
    "R_LPR": "本项待核实，由市地方金融监管局补全利率公布后重新审核，不需要你单位提交资料。",
    "R_RATE": "合同利率与上述不符的，请由贷款银行提交合同和放款通知书，申请补正。",
    "R_TERM": "到期日、展期或还款记录有误的，请由贷款银行提交展期协议、还款凭证，申请补正。",
    "R_BALANCE": "本项待核实，请贷款银行核对还款和年末余额；核对一致后重新审核。",
    "R_UPLOAD": "已按时上传的，请由贷款银行提交上传回执，标错业务的改标；非企业、银行原因未上传的，可以申请豁免。",
    "R_YEARS": "对已享受年限有异议的，请提交历年享受情况。",
    "R_MONTHS": "有展期而没有计入的，请由贷款银行提交展期协议。",
    "R_CAP": "单户上限按发放日先后使用，不能调换；贷款金额、发放日有误的，可以申请补正。",
}  # every code of the conditions has its sentence: a test says so
