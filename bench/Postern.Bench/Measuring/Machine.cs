using System.Runtime.InteropServices;

namespace Postern.Bench.Measuring;

internal sealed record Machine(string Processor, int Processors, string Kernel, string System)
{
    internal static Machine Describe() => new(
        Field("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        File.ReadLines("/proc/stat")
            .Count(line => line.StartsWith("cpu", StringComparison.Ordinal) && char.IsAsciiDigit(line[3])),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "Linux");

    private static string? Field(string file, string name, char separator) =>
        File.ReadLines(file)
            .Select(line => line.Split(separator, 2))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim();
}
