namespace Postern.Bench.Measuring;

/// <summary>What one measurement gave: the figure of the table, and what it was made of.</summary>
/// <param name="Figure">In the unit that the scenario's title names.</param>
/// <param name="Beside">What the reader needs to judge the figure: names with their unit.</param>
internal sealed record Measurement(double Figure, params (string Name, double Value)[] Beside);
