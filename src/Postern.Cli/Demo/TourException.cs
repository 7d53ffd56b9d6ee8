namespace Postern.Cli.Demo;

/// <summary>The tour cannot go on: something is not as it must be.</summary>
internal sealed class TourException(string message) : Exception(message);
