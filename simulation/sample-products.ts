/** A category of the sample's grocer, with its range of prices in cents. */
export interface Category {
  readonly name: string
  readonly from: number
  readonly to: number
}

const category = (name: string, from: number, to: number): Category => ({ name, from, to })

/** The favourite categories of households: those that the features and campaigns of `examples/grocery.yaml` name. */
export const favourites: readonly Category[] = [
  category('CHEESE', 199, 699),
  category('FROZEN PIZZA', 249, 799),
  category('FRZN MEAT/MEAT DINNERS', 299, 999),
  category('YOGURT', 50, 399),
  category('COLD CEREAL', 199, 499),
  category('HAIR CARE PRODUCTS', 299, 899),
  category('REFRGRATD JUICES/DRNKS', 149, 449),
  category('ICE CREAM/MILK/SHERBTS', 249, 599),
  category('BABY FOODS', 59, 1299),
  category('DIAPERS & DISPOSABLES', 799, 2499),
  category('PNT BTR/JELLY/JAMS', 199, 549),
  category('ORAL HYGIENE PRODUCTS', 199, 699),
  category('REFRGRATD DOUGH PRODUCTS', 149, 399),
  category('FRZN BREAKFAST FOODS', 199, 599),
  category('BREAKFAST SAUSAGE/SANDWICHES', 249, 649),
  category('BEEF', 399, 1999),
]

/** The categories that everybody buys. */
export const staples: readonly Category[] = [
  category('SOFT DRINKS', 99, 599),
  category('FLUID MILK PRODUCTS', 129, 399),
  category('BAKED BREAD/BUNS/ROLLS', 99, 399),
  category('BAG SNACKS', 99, 399),
  category('SOUP', 79, 299),
  category('VEGETABLES - SHELF STABLE', 59, 249),
  category('TROPICAL FRUIT', 49, 399),
  category('EGGS', 99, 399),
  category('SALAD MIX', 199, 399),
  category('POTATOES', 199, 499),
  category('COFFEE', 399, 1299),
  category('', 99, 499),
]
