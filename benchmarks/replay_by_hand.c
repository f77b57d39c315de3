/* Two networks as somebody writes them in C who wants them fast: value and gradient of a step, for replay_native.py.

Weights lie input by input, so that the loops over neurons are vectors; the compiler may use every instruction of this machine
(-O3 -march=native), and the functions are those of the C library. */

#include <math.h>
#include <string.h>

enum { PIXELS = 64, HIDDEN = 32, CLASSES = 10 };

/* weights[inputs][outputs], then the biases: z = x W + b */
#define FORWARD(INPUTS, OUTPUTS, x, weights, z)                  \
    do {                                                         \
        memcpy(z, (weights) + (INPUTS) * (OUTPUTS), sizeof z);   \
        for (int k = 0; k < (INPUTS); k++)                       \
            for (int j = 0; j < (OUTPUTS); j++)                  \
                z[j] += (x)[k] * (weights)[k * (OUTPUTS) + j];   \
    } while (0)

/* What a bar of z adds to those of weights and biases. */
#define BACKWARD(INPUTS, OUTPUTS, x, z_bar, slopes)              \
    do {                                                         \
        for (int k = 0; k < (INPUTS); k++)                       \
            for (int j = 0; j < (OUTPUTS); j++)                  \
                (slopes)[k * (OUTPUTS) + j] += (x)[k] * z_bar[j]; \
        for (int j = 0; j < (OUTPUTS); j++)                      \
            (slopes)[(INPUTS) * (OUTPUTS) + j] += z_bar[j];      \
    } while (0)

/* The cost of some pictures, and its gradient: 64 pixels, 32 neurons with tanh, a softmax of 10. */
double digits(const double *theta, const double *pictures, const int *labels, const int *rows, int count, double *gradient) {
    const double *first = theta, *second = theta + (PIXELS + 1) * HIDDEN;
    double *first_bar = gradient, *second_bar = gradient + (PIXELS + 1) * HIDDEN, cost = 0.0;
    memset(gradient, 0, ((PIXELS + 1) * HIDDEN + (HIDDEN + 1) * CLASSES) * sizeof *gradient);
    for (int i = 0; i < count; i++) {
        const double *x = pictures + (long)rows[i] * PIXELS;
        const int label = labels[rows[i]];
        double h[HIDDEN], h_bar[HIDDEN], z[CLASSES], top, total = 0.0;
        FORWARD(PIXELS, HIDDEN, x, first, h);
        for (int j = 0; j < HIDDEN; j++)
            h[j] = tanh(h[j]);
        FORWARD(HIDDEN, CLASSES, h, second, z);
        top = z[0];
        for (int c = 1; c < CLASSES; c++)
            top = z[c] > top ? z[c] : top;
        cost += top - z[label];
        for (int c = 0; c < CLASSES; c++)
            total += z[c] = exp(z[c] - top);
        cost += log(total);
        for (int c = 0; c < CLASSES; c++)
            z[c] /= total;
        z[label] -= 1.0;
        BACKWARD(HIDDEN, CLASSES, h, z, second_bar);
        for (int j = 0; j < HIDDEN; j++) {
            double sum = 0.0;
            for (int c = 0; c < CLASSES; c++)
                sum += second[j * CLASSES + c] * z[c];
            h_bar[j] = sum * (1.0 - h[j] * h[j]);
        }
        BACKWARD(PIXELS, HIDDEN, x, h_bar, first_bar);
    }
    return cost;
}

enum { NEURONS = 16 };

/* The cost of micrograd's demonstration, and its gradient: 2 numbers, 16 and 16 neurons with relu, a hinge, a penalty. */
double moons(const double *theta, const double *points, const double *labels, int count, double *gradient) {
    const int at_second = 3 * NEURONS, at_third = at_second + (NEURONS + 1) * NEURONS, all = at_third + NEURONS + 1;
    const double *second = theta + at_second, *third = theta + at_third;
    double cost = 0.0, penalty = 0.0;
    memset(gradient, 0, (size_t)all * sizeof *gradient);
    for (int i = 0; i < count; i++) {
        const double *x = points + 2 * i, y = labels[i];
        double a[NEURONS], b[NEURONS], a_bar[NEURONS], b_bar[NEURONS], score = third[NEURONS];
        FORWARD(2, NEURONS, x, theta, a);
        for (int j = 0; j < NEURONS; j++)
            a[j] = a[j] > 0.0 ? a[j] : 0.0;
        FORWARD(NEURONS, NEURONS, a, second, b);
        for (int j = 0; j < NEURONS; j++) {
            b[j] = b[j] > 0.0 ? b[j] : 0.0;
            score += third[j] * b[j];
        }
        const double margin = 1.0 - y * score;
        if (!(margin > 0.0))
            continue;
        cost += margin;
        const double bar = -y / count;
        for (int j = 0; j < NEURONS; j++) {
            gradient[at_third + j] += bar * b[j];
            b_bar[j] = b[j] > 0.0 ? bar * third[j] : 0.0;
        }
        gradient[at_third + NEURONS] += bar;
        BACKWARD(NEURONS, NEURONS, a, b_bar, gradient + at_second);
        for (int k = 0; k < NEURONS; k++) {
            double sum = 0.0;
            for (int j = 0; j < NEURONS; j++)
                sum += second[k * NEURONS + j] * b_bar[j];
            a_bar[k] = a[k] > 0.0 ? sum : 0.0;
        }
        BACKWARD(2, NEURONS, x, a_bar, gradient);
    }
    for (int k = 0; k < all; k++) {
        penalty += theta[k] * theta[k];
        gradient[k] += 2e-4 * theta[k];
    }
    return cost / count + 1e-4 * penalty;
}
