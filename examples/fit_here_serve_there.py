"""Fit on a frame in training; scale one row in a web service, from JSON and without NumPy."""

import httpx
import polars as pl
from fastapi import FastAPI, HTTPException
from on_loopback import served

from ml_infra_utils.preprocessing import StandardScaler

# Training: names of features go into the document.
features = ["bill_length_mm", "flipper_length_mm", "body_mass_g"]
penguins = pl.read_csv("examples/data/penguins.csv", null_values="NA").drop_nulls(features)
document = StandardScaler(columns=features).fit(penguins).to_json()

# Serving: this package alone, neither NumPy nor a library of frames.
scaler = StandardScaler.from_json(document)
app = FastAPI()


@app.post("/scale")
def scale(row: dict) -> dict:
    try:
        return scaler.transform(row)
    except ValueError as error:  # it names the feature that is missing, or no number
        raise HTTPException(422, str(error)) from error


with served(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
    row = {"id": "x7", "body_mass_g": 4200, "flipper_length_mm": 215, "bill_length_mm": 50.0}
    print(client.post("/scale", json=row).json())
    del row["body_mass_g"]
    answer = client.post("/scale", json=row)
    print(answer.status_code, answer.json()["detail"])

from_frame = scaler.transform(penguins).row(0, named=True)
print("the same digits:", scaler.transform(penguins.row(0, named=True)) == from_frame)
