"""A scaler in a scikit-learn pipeline, saved as JSON instead of a pickle.

pip install ml-infra-preprocessing scikit-learn
"""

from __future__ import annotations

from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from ml_infra_utils.preprocessing import OutlierClipper, StandardScaler, summarize

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipeline = make_pipeline(OutlierClipper(1, 99), StandardScaler(), LogisticRegression())
search = GridSearchCV(pipeline, {"standardscaler__ddof": [0, 1]}).fit(X_train, y_train)
print(f"accuracy {search.score(X_test, y_test):.3f}")

scaler = search.best_estimator_.named_steps["standardscaler"]
text = scaler.to_json()
print(f"the scaler is {len(text)} characters of JSON, and again {StandardScaler.from_json(text)!r}")
print(summarize(X_train[:, :4]))
